import manifest from "../package.json" with { type: "json" };

/** The product's version, as the OpenAPI document and the first line of the log show it. */
export const VERSION: string = manifest.version;
