import { profileOf } from "@muster/connectors";
import { createPolicyPreparer as createPreparer, type PreparePolicy } from "@muster/mapping";

/** Makes what compiles policies in one process, with what is known of the app: what it demands and takes. */
export function createPolicyPreparer(): PreparePolicy {
  const prepare = createPreparer();
  return (policy) => {
    const { payloadRules, users } = profileOf(policy.profile ?? null);
    return prepare({ payloadRules, takes: users.takes, ...policy });
  };
}
