export { makeApiKey } from "./api-keys.ts";
export { type ApiSettings, readApiSettings } from "./config.ts";
export { apiRoutes, scimRoutes } from "./routes.ts";
export { type ApiResources, type RunningApi, startApi } from "./start-api.ts";
export { VERSION } from "./version.ts";
