import type {
  CallContext,
  CallOutcome,
  Connector,
  GroupCallOutcome,
  GroupConnector,
  RemoteGroup,
} from "../../connector.ts";
import { generic } from "../../profiles/generic.ts";
import { createCallTarget, type Failure } from "../../scim/call-target.ts";
import { type ConnectorDeps, createScimConnectorOver } from "../../scim/create-scim-connector.ts";
