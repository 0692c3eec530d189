"use strict";

// The token stays in the page: closing it forgets it.
SwaggerUIBundle({
  domNode: document.getElementById("viewer"),
  url: document.getElementById("viewer").dataset.document,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null, // else the document would be sent to another host
});
