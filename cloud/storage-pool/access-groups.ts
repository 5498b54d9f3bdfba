// Storage access groups tell which hosts of a zone reach which pools. This cloud has none: whoever names one is told so.
import { fail } from '#api/errors.ts';

export function refuseAccessGroups({ storageAccessGroups }: { storageAccessGroups?: unknown }): void {
  if (storageAccessGroups !== undefined)
    fail('unsupported', 'storageaccessgroups: this cloud has none; leave it out', { parameter: 'storageaccessgroups' });
}
