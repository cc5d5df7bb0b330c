/** A person as the identity provider's own directory knows them. */
export type Person = {
  givenName: string;
  familyName: string;
  email: string;
  /** Default: the e-mail address. */
  userName?: string;
  title?: string;
  department?: string;
  /** With country code, such as +1-555-0100. */
  phone?: string;
};

/** What may be changed of a person later; a field that is left out stays. */
export type PersonChange = Partial<Person>;

/** Where the provider pushes to, as the tenant's admin pastes it in. */
export type ProviderTarget = {
  /** SCIM base URL; a slash at the end is dropped. */
  endpointUrl: string;
  bearerToken: string;
  /** Told of every request after its answer. */
  log?: (request: SentRequest) => void;
  /** Default: the global fetch. */
  fetch?: typeof fetch;
};

/** One request the provider made. */
export type SentRequest = {
  method: string;
  /** Path and query below the endpoint URL. */
  path: string;
  status: number;
  durationMs: number;
};

/** A group as the provider sees it; `remoteId` is missing until the group was sent. */
export type ProviderGroup = { name: string; bound: boolean; members: string[]; remoteId: string | undefined };

/** A person as the provider sees them; `remoteId` is missing until the person was sent. */
export type ProviderUser = {
  /** The provider's own id, sent as externalId. */
  id: string;
  person: Person;
  suspended: boolean;
  /** What the endpoint was last told; undefined if it knows nothing of the person. */
  active: boolean | undefined;
  remoteId: string | undefined;
};

/** What every simulated provider can do; people are named by the id that `createUser` answers. */
export type IdentityProvider = {
  /** Tests the endpoint as the provider does when an admin switches provisioning on. */
  activate(): Promise<ActivationReport>;
  /** Adds a person to the provider's directory; whether they are sent at once is the provider's way. */
  createUser(person: Person): Promise<string>;
  /** Gives a group access to the app, with all its members. */
  bindGroup(group: { name: string; members: readonly string[] }): Promise<void>;
  /** Takes a group's access away; the group stays. */
  unbindGroup(name: string): Promise<void>;
  addToGroup(name: string, userId: string): Promise<void>;
  removeFromGroup(name: string, userId: string): Promise<void>;
  renameUser(userId: string, change: PersonChange): Promise<void>;
  renameGroup(name: string, newName: string): Promise<void>;
  suspend(userId: string): Promise<void>;
  resume(userId: string): Promise<void>;
  deleteUser(userId: string): Promise<void>;
  deleteGroup(name: string): Promise<void>;
  users(): ProviderUser[];
  groups(): ProviderGroup[];
};

/** What the test at activation did. */
export type ActivationReport = {
  /** The test person's userName, for those who look whether it left a trace. */
  userName: string;
  /** The test group's name. */
  groupName: string;
  steps: { name: string; durationMs: number }[];
  /** Deactivated when the endpoint has no DELETE for users. */
  userRemovedBy: "delete" | "deactivate";
};

/** The endpoint failed the provider's test; `step` and the message say where and with what. */
export class ActivationError extends Error {
  readonly step: string;

  constructor(detail: string, { step, cause }: { step: string; cause?: unknown }) {
    super(`activation failed at "${step}": ${detail}`, { cause });
    this.name = "ActivationError";
    this.step = step;
  }
}
