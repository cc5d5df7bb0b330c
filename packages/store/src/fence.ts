/**
 * The common table expression `fence`, of one row while a lane's holder has the epoch that it claimed under, and of none afterwards: what
 * is joined to it is recorded only then (house trap 3). The lane's row is shared until the end of the statement's transaction, so
 * nobody takes the lane over in between. Both are parameters.
 */
export const fence = (connection: string, epoch: string): string => `fence as (
  select connection_id from lanes where connection_id = ${connection} and epoch = ${epoch} for share
)`;
