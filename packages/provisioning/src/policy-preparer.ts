import { profileOf } from "@muster/connectors";
import { createPolicyPreparer as createPreparer, type PreparePolicy } from "@muster/mapping";

/** Makes what compiles policies in one process, with what the app is known to demand. */
export function createPolicyPreparer(): PreparePolicy {
  const prepare = createPreparer();
  return (policy) => {
    const { payloadRules } = profileOf(policy.profile ?? null);
    return prepare({ payloadRules, ...policy });
  };
}
