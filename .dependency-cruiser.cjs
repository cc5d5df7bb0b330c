// The floors of design: imports only ever point down. One planted violation for each rule lives in test/gate/planted.

const pure = "scim|mapping|contract";
const adapters = "store|queue|connectors|sources|credentials";
const useCases = "directory|provisioning|imports";
/** Tests, and what only tests load: folders named `fixtures` and `*.fixture.ts`. */
const test = "(^test/|[.](test|fixture)[.]tsx?$|/fixtures/)";

/** Libraries with one home: `name -> the only paths that may import it`. */
const homes = {
  bullmq: "^packages/queue/",
  ioredis: "^packages/queue/",
  kysely: "^packages/store/",
  pg: "^packages/(store|queue|runtime|testkit)/",
  undici: "^packages/runtime/src/dial([.]ts$|/)",
  express: "^(apps/api|packages/runtime)/",
};

/** A rule for our sources: tests may look anywhere, except where a rule of their own says otherwise. */
function forbid(name, from, to) {
  return {
    name,
    severity: "error",
    from: { path: from, pathNot: test },
    to: typeof to === "string" ? { path: to } : to,
  };
}

const oneHome = Object.entries(homes).map(([library, home]) => ({
  name: `${library}-has-one-home`,
  severity: "error",
  from: { path: "^(apps|packages)/", pathNot: `${test}|${home}` },
  to: { path: `(^|/)node_modules/(@types/)?${library}/|^${library}($|/)` },
}));

module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },

    forbid("pure-has-no-node", `^packages/(${pure})/`, { dependencyTypes: ["core"] }),
    forbid(
      "pure-does-no-io",
      `^packages/(${pure})/`,
      "(^|/)node_modules/(?!(ajv|ajv-formats|typebox|re2js|@bufbuild/cel)/)",
    ),
    forbid("pure-looks-at-scim-only", `^packages/(${pure})/`, "^(apps|packages/(?!$1/|scim/)[^/]+)/"),
    forbid("scim-imports-nothing", "^packages/scim/", "^(?!packages/scim/)"),
    forbid("adapters-are-peers", `^packages/(${adapters})/`, `^packages/(?!$1/)(${adapters}|${useCases})/`),
    forbid("use-cases-are-peers", "^packages/(directory|provisioning)/", `^packages/(?!$1/)(${useCases})/`),
    forbid("imports-stands-on-directory", "^packages/imports/", "^packages/provisioning/"),
    forbid("runtime-stands-alone", "^packages/runtime/", "^packages/(?!runtime/)"),

    { name: "packages-below-apps", severity: "error", from: { path: "^packages/" }, to: { path: "^apps/" } },
    forbid("apps-apart", "^apps/(?!gateway/)([^/]+)/", "^apps/(?!$1/)"),
    forbid("gateway-joins-api-and-worker", "^apps/gateway/", "^apps/(?!(gateway|api|worker)/)"),
    forbid("simulator-knows-runtime-only", "^apps/simulator/", "^packages/(?!runtime/)"),
    forbid("portal-knows-contract-only", "^apps/portal/src/", "^packages/(?!contract/)"),

    forbid("testkit-is-for-tests", "^(apps|packages/(?!testkit/))", "^packages/testkit/"),
    forbid("tests-are-leaves", "^(apps|packages)/", test),

    {
      name: "front-door-only",
      severity: "error",
      from: { path: "^(?:(?:apps|packages)/([^/]+)|test)/" },
      to: { path: "^(apps|packages)/(?!$1/)[^/]+/(?!src/index[.]tsx?$)|^@muster/[^/]+/" },
    },
    {
      name: "other-packages-by-name",
      severity: "error",
      from: { path: "^(?:apps|packages)/([^/]+)/" },
      to: { path: "^(apps|packages)/(?!$1/)", dependencyTypes: ["local"] },
    },

    // The dialler alone opens sockets outwards, and the store its own to Postgres. Servers are built in runtime, api, worker
    // and simulator.
    forbid("sockets-have-few-homes", "^packages/(?!runtime/|testkit/|store/src/batched-socket[.]ts$)", {
      path: "^(node:)?(http|https|http2|net|tls|dgram)$",
    }),
    ...oneHome,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^test/gate/planted/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      mainFields: ["module", "main", "types"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".cjs"],
    },
  },
};
