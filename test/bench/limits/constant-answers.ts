import express from "express";

// A process of its own, like the api that it is compared with: express, two routes and two constants, written as JSON for
// every answer, because nobody who answers can do less.
const [user, list]: unknown[] = process.argv.slice(2).map((text) => JSON.parse(text));

const app = express().disable("x-powered-by").disable("etag");
app.get("/scim/v2/:directory/Users/:id", (_req, res) => {
  res.type("application/scim+json").send(JSON.stringify(user));
});
app.get("/scim/v2/:directory/Users", (_req, res) => {
  res.type("application/scim+json").send(JSON.stringify(list));
});
const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  console.log(JSON.stringify({ port: address.port }));
});
