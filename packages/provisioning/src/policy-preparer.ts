import { type AppAt, appOf } from "@muster/connectors";
import { type AccountPolicy, createPolicyPreparer as createPreparer, type PreparePolicy } from "@muster/mapping";

/** Makes what compiles policies in one process, with what the app is known to demand. */
export function createPolicyPreparer(): PreparePolicy {
  const prepare = createPreparer();
  return (policy: AccountPolicy & AppAt) => {
    const { payloadRules } = appOf(policy);
    return prepare({ payloadRules, ...policy });
  };
}
