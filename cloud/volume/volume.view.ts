// How a volume looks in an answer.
import type { Shape } from '#api/define.ts';
import type { volumeResponse } from '#api/storage/volume-responses.ts';
import type { Caller } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import type { TagDetail, VolumeDetail } from './view.store.ts';

type Shown = Shape<typeof volumeResponse>;

export const volumeView = (
  volume: VolumeDetail,
  tags: readonly TagDetail[],
  caller: Pick<Caller, 'isRoot'>,
): Shown => ({
  id: volume.uuid,
  name: volume.name,
  type: volume.type,
  state: volume.state,
  size: volume.sizeBytes,
  deviceid: volume.deviceId,
  created: volume.created,
  attached: volume.attached,
  account: volume.account,
  domain: volume.domain,
  domainid: volume.domainUuid,
  domainpath: shownPath(volume.domainPath),
  zoneid: volume.zoneUuid,
  zonename: volume.zone,
  destroyed: ['Destroy', 'Expunging', 'Expunged'].includes(volume.state),
  deleteprotection: volume.deleteProtection,
  displayvolume: volume.display,
  provisioningtype: volume.provisioningType,
  miniops: volume.minIops,
  maxiops: volume.maxIops,
  isextractable: false,
  quiescevm: false,
  supportsstoragesnapshot: false,
  hasannotations: caller.isRoot ? volume.annotatedForAdmins : volume.annotated,
  ...ofGuest(volume),
  ...ofOffering(volume),
  ...(caller.isRoot ? whereItLies(volume) : {}),
  templateid: volume.templateUuid,
  templatename: volume.template,
  templatedisplaytext: volume.templateText,
  tags: tags.map((tag) => ({
    key: tag.key,
    value: tag.value,
    resourcetype: 'Volume',
    resourceid: volume.uuid,
    account: tag.account,
    domain: tag.domain,
    domainid: tag.domainUuid,
  })),
  ...(volume.jobUuid ? { jobid: volume.jobUuid, jobstatus: 0 } : {}),
});

const ofGuest = (volume: VolumeDetail): Shown =>
  volume.vmUuid === null
    ? {}
    : {
        virtualmachineid: volume.vmUuid,
        vmname: volume.vmName,
        vmdisplayname: volume.vmDisplayName,
        vmstate: volume.vmState,
        vmtype: 'User',
      };

const ofOffering = (volume: VolumeDetail): Shown => ({
  diskofferingid: volume.diskOfferingUuid,
  diskofferingname: volume.diskOffering,
  diskofferingdisplaytext: volume.diskOfferingText,
  serviceofferingid: volume.serviceOfferingUuid,
  serviceofferingname: volume.serviceOffering,
  serviceofferingdisplaytext: volume.serviceOfferingText,
  diskIopsReadRate: volume.iopsRead,
  diskIopsWriteRate: volume.iopsWrite,
  diskBytesReadRate: volume.bytesRead,
  diskBytesWriteRate: volume.bytesWrite,
});

/** Pools and files are the operator's. The file is named by the volume. */
const whereItLies = (volume: VolumeDetail): Shown => ({
  storagetype: volume.storageType,
  hypervisor: volume.hypervisor,
  ...(volume.poolUuid === null
    ? {}
    : {
        storage: volume.pool,
        storageid: volume.poolUuid,
        storagetype: volume.poolScope === 'HOST' ? 'local' : 'shared',
        path: volume.uuid,
        virtualsize: volume.sizeBytes,
        podid: volume.podUuid,
        podname: volume.pod,
        clusterid: volume.clusterUuid,
        clustername: volume.cluster,
      }),
});
