import { closed, id, tokenId } from "./primitives.ts";

export const noParams = closed({});
export const appParams = closed({ appId: id });
export const tenantParams = closed({ tenantId: id });
export const directoryParams = closed({ tenantId: id, directoryId: id });
export const tokenParams = closed({ tenantId: id, directoryId: id, tokenId });
export const requestParams = closed({ tenantId: id, directoryId: id, requestId: id });
export const personParams = closed({ tenantId: id, userId: id });
export const groupParams = closed({ tenantId: id, groupId: id });
export const connectionParams = closed({ connectionId: id });
export const conflictParams = closed({ connectionId: id, userId: id });
export const comparisonParams = closed({ connectionId: id, comparisonId: id });
export const attemptParams = closed({ connectionId: id, attemptId: id });
export const accountParams = closed({ connectionId: id, userId: id });
export const holdParams = closed({ connectionId: id, holdId: id });
export const webhookParams = closed({ webhookId: id });
export const tenantWebhookParams = closed({ tenantId: id, webhookId: id });
export const remoteGroupParams = closed({ connectionId: id, groupId: id });
