// red: lint performance/noReExportAll
export * from "./looks-down.ts";
