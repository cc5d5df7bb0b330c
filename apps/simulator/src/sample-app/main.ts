import { parseArgs } from "node:util";
import { startSampleApp } from "./start-sample-app.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    token: { type: "string" },
    "header-name": { type: "string" },
    "header-value": { type: "string" },
    "odd-ids": { type: "boolean", default: false },
    "counts-only": { type: "boolean", default: false },
    "max-entries": { type: "string", default: "100000" },
  },
});

const { token, "header-name": name, "header-value": value } = values;
const app = await startSampleApp({
  host: values.host,
  port: Number(values.port),
  ids: values["odd-ids"] ? "odd" : "plain",
  ledger: { keep: values["counts-only"] ? "counts" : "entries", maxEntries: Number(values["max-entries"]) },
  ...(token !== undefined && { auth: { scheme: "bearer", token } }),
  ...(name !== undefined && value !== undefined && { auth: { scheme: "header", name, value } }),
});
const auth = app.auth();
// One line of JSON, so that another process can start the app and read where it is.
process.stdout.write(
  `${JSON.stringify({ ready: true, baseUrl: app.baseUrl, controlUrl: app.controlUrl, auth, pid: process.pid })}\n`,
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
