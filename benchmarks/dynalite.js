// dynalite, and a way to fill its store without HTTP. JANUS_NODE names the folder that has it in node_modules.
//
//   node dynalite.js serve PATH        listens, and prints its port
//   node dynalite.js load PATH < lines puts each line's item, as `put` does: [table, index or null, item]

'use strict'

const { createRequire } = require('module')
const readline = require('readline')

const fetched = createRequire(`${process.env.JANUS_NODE}/`)
const [command, path] = process.argv.slice(2)
const BATCH = 5000

async function serve () {
  const server = fetched('dynalite')({ path, createTableMs: 0 })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  process.on('SIGTERM', () => server.close(() => process.exit()))
}

async function load () {
  const db = fetched('dynalite/db')
  const store = db.create({ path })
  const tables = new Map()
  const waiting = new Map()

  const table = name => new Promise((resolve, reject) =>
    store.getTable(name, false, (error, found) => (error ? reject(error) : resolve(found))))

  const flush = (target, operations) => new Promise((resolve, reject) =>
    target.batch(operations, error => (error ? reject(error) : resolve())))

  async function put (target, operation) {
    if (!waiting.has(target)) waiting.set(target, [])
    const operations = waiting.get(target)
    operations.push(operation)
    if (operations.length === BATCH) {
      waiting.set(target, [])
      await flush(target, operations)
    }
  }

  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, index, value] = JSON.parse(line)
    if (!tables.has(name)) tables.set(name, await table(name))
    const known = tables.get(name)
    if (index === null) {
      await put(store.getItemDb(name), { type: 'put', key: db.createKey(value, known), value })
    } else {
      const { KeySchema } = known.GlobalSecondaryIndexes.find(one => one.IndexName === index)
      await put(store.getIndexDb('Global', name, index), { type: 'put', key: db.createIndexKey(value, known, KeySchema), value })
    }
  }
  for (const [target, operations] of waiting) await flush(target, operations)
  await new Promise(resolve => store.db.close(resolve))
}

({ serve, load })[command]()
