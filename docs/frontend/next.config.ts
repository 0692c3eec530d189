import type { NextConfig } from "next";

/** `next/image` fetches thumbnails from the bucket. Their addresses stay the same for an hour, so that it keeps them. */
const config: NextConfig = {
  images: {
    remotePatterns: [{ protocol: "https", hostname: "*.s3.*.amazonaws.com", pathname: "/derived/**" }],
    unoptimized: process.env.NODE_ENV === "development", // the offline bucket is on this machine: not proxied
  },
};

export default config;
