import { existsSync } from "node:fs";
import type { Need } from "@muster/testkit";
import { findPython } from "../conformance/judges/run-judge.ts";
import type { Launch } from "./start-server.ts";

/** A server, the profile that it needs, and what this machine needs for it. */
export type ForeignKind = {
  name: string;
  profile: string;
  /**
   * What a userName in other capitals is to it: the same person (RFC 7643 section 4.1.1), the same one whom its filter does not find,
   * or somebody else.
   */
  otherCapitals: "same" | "notFound" | "another";
  launch: Launch;
  need: Need;
};

const python = findPython("import scim2_server, django_scim");
const inPython: Need = {
  name: "Python with SCIM servers",
  isHere: python !== null,
  cure: "pip install -r test/conformance/judges/requirements.txt",
  setting: "MUSTER_TEST_PYTHON",
};
const { env } = process;
const goServer = env["MUSTER_TEST_GO_SERVER"] ?? "/tmp/muster-go-server";
const inGo: Need = {
  name: "SCIM server in Go",
  isHere: existsSync(goServer),
  cure: "(cd test/servers/go && go build -o /tmp/muster-go-server .)",
  setting: "MUSTER_TEST_GO_SERVER",
};
const inNode: Need = { name: "Node", isHere: true, cure: "npm ci", setting: "PATH" };

/** SCIM servers that others wrote, each with every default of its own. */
export const foreignKinds: readonly ForeignKind[] = [
  {
    name: "scimmy-routers",
    profile: "generic",
    otherCapitals: "notFound",
    launch: { command: process.execPath, args: ["scimmy/main.ts"], path: "/scim" },
    need: inNode,
  },
  {
    name: "scim2-server",
    profile: "generic",
    otherCapitals: "same",
    launch: { command: python ?? "", args: ["serve-scim2-server.py"], path: "/v2" },
    need: inPython,
  },
  {
    name: "django-scim2",
    profile: "django-scim2",
    otherCapitals: "another",
    launch: { command: python ?? "", args: ["-m", "django_app.serve"], path: "/scim" },
    need: inPython,
  },
  {
    name: "elimity-com/scim",
    profile: "generic",
    otherCapitals: "same",
    launch: { command: goServer, args: [], path: "" },
    need: inGo,
  },
];
