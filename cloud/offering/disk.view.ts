// How a disk offering looks in an answer.
import type { Shape } from '#api/define.ts';
import type { diskOfferingResponse } from '#api/offering/responses.ts';
import type { DiskOfferingRow } from './disk.store.ts';
import { ratesView } from './rates.ts';

/** `suitable`: whether the instance asked about could have such a disk; left out where none was. */
export const diskOfferingView = (row: DiskOfferingRow, suitable?: boolean): Shape<typeof diskOfferingResponse> => ({
  id: row.uuid,
  name: row.name,
  displaytext: row.displayText,
  created: row.created,
  state: row.state,
  disksize: row.sizeGib ?? 0,
  iscustomized: row.customized,
  disksizestrictness: row.strictness,
  storagetype: row.storageType,
  provisioningtype: row.provisioningType,
  tags: row.tags.join(',') || null,
  displayoffering: row.display,
  cacheMode: row.cacheMode,
  encrypt: row.encrypt,
  hypervisorsnapshotreserve: row.snapshotReserve,
  iscustomizediops: row.customIops,
  miniops: row.minIops,
  maxiops: row.maxIops,
  ...ratesView(row),
  details: Object.keys(row.details).length > 0 ? row.details : null,
  domainid: row.domainUuids,
  domain: row.domainNames,
  zoneid: row.zoneUuids,
  zone: row.zoneNames,
  hasannotations: row.annotated,
  suitableforvirtualmachine: suitable,
});
