import { type Changeable, type ConnectorMetadata, connectorKinds, type TargetProfile } from "@muster/connectors";
import { profileColumns } from "./profile-settings.ts";

/** The kinds of target with their forms, and every app that is known with the settings that a connection to it begins with. */
export function listConnectors() {
  return {
    kinds: connectorKinds.map(({ metadata }) => showKind(metadata)),
    profiles: connectorKinds.flatMap(({ key, profiles }) => profiles.map((profile) => show(key, profile))),
  };
}

function showKind({ fields, ...kind }: ConnectorMetadata) {
  return {
    ...kind,
    fields: fields.map(({ secret, options, ...field }) => ({
      ...field,
      writeOnly: secret,
      ...(options === undefined ? {} : { options: options.map(({ value, label }) => ({ key: value, label })) }),
    })),
  };
}

function show(kind: string, profile: TargetProfile) {
  const { users, groups, payloadRules, signIn, setup, notes } = profile;
  const { updateMethod, maxInFlight, ratePerSecond, adoptionMatch, renameGroups, memberChunk } =
    profileColumns(profile);
  return {
    key: profile.key,
    kind,
    title: profile.title,
    baseUrl: profile.baseUrl,
    signIn: [...signIn],
    probe: profile.probe,
    users: {
      create: users.create,
      reactivate: users.reactivate,
      reads: users.reads,
      lists: users.lists,
      updateBy: [...users.updateBy],
      activeApart: users.activeApart,
      takes: users.takes === null ? null : [...users.takes],
      changeable: { kind: users.changeable.kind, attributes: attributesOf(users.changeable) },
      valuesEach: users.valuesEach,
      keepsTypes: users.keepsTypes,
      lookups: keysOf(users.lookups),
      deactivate: users.deactivate,
      delete: users.delete,
    },
    groups: {
      push: groups.push,
      create: groups.create,
      rename: groups.rename,
      delete: groups.delete,
      updateBy: [...groups.updateBy],
      memberLimit: groups.memberLimit,
      memberRemoval: groups.memberRemoval,
      renameBy: groups.renameBy,
      lookups: keysOf(groups.lookups),
    },
    paging: profile.paging,
    limits: profile.limits,
    settings: {
      ...{ updateMethod, maxInFlight, ratePerSecond },
      adoption: { match: adoptionMatch },
      groups: { rename: renameGroups, memberChunk },
    },
    payloadRules: payloadRules.map((rule) => ({ ...rule, maxCharacters: rule.maxCharacters ?? null })),
    setup: [...setup],
    notes: [...notes],
  };
}

const attributesOf = (changeable: Changeable): string[] =>
  changeable.kind === "all" ? [] : [...changeable.attributes];

const keysOf = <K extends string>(lookups: Readonly<Partial<Record<K, string>>>): K[] => Object.keys(lookups) as K[];
