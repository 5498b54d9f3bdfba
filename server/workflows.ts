// Every workflow a server can run: the literal list the engine is given.
import { associateIt, disassociateIt } from '#cloud/address/associate.ts';
import { deleteIt as deleteAccount } from '#cloud/account/delete.ts';
import { certificateIssued } from '#cloud/certificate/issue.ts';
import { deleteIt as deleteDomain } from '#cloud/domain/delete.ts';
import { enterMaintenance } from '#cloud/host/maintenance.ts';
import { dialAgain } from '#cloud/host/reconnect.ts';
import { implementNetwork } from '#cloud/network/create.ts';
import { deleteIt } from '#cloud/network/delete.ts';
import { plugNic, tellRouters, unplugNic } from '#cloud/network/nic-verbs.ts';
import { restartIt } from '#cloud/network/restart.ts';
import { addSecondary, removeSecondary } from '#cloud/network/secondary-ip.ts';
import { applyIt } from '#cloud/network/update.ts';
import { recorded } from '#cloud/recorded.ts';
import { actOnPower } from '#cloud/out-of-band/act.ts';
import { changePassword } from '#cloud/out-of-band/password.ts';
import { evictTemplates } from '#cloud/storage-pool/delete.ts';
import { enterMaintenance as enterPoolMaintenance } from '#cloud/storage-pool/maintenance.ts';
import { destroyIt, rebootIt, startIt, stopIt } from '#cloud/router/verbs.ts';
import { addRule, changeIt, removeRule } from '#cloud/rule/apply.ts';
import { deleteImage } from '#cloud/template/delete.ts';
import { downloadImage } from '#cloud/template/download.ts';
import { deployVm } from '#cloud/vm/deploy.ts';
import { destroyVm, expungeVm } from '#cloud/vm/destroy.ts';
import { endStray } from '#cloud/vm/power.ts';
import { migrateVm } from '#cloud/vm/migrate.ts';
import { startVm } from '#cloud/vm/start.ts';
import { rebootVm, stopVm } from '#cloud/vm/stop.ts';
import { attachVolumeJob } from '#cloud/volume/attach.ts';
import { makeVolume } from '#cloud/volume/create.ts';
import { expungeVolume } from '#cloud/volume/destroy.ts';
import { detachVolumeJob } from '#cloud/volume/detach.ts';
import { evictFromPool, prepareOnPool } from '#cloud/volume/pool-copy.ts';
import { resizeVolumeJob } from '#cloud/volume/resize.ts';
import type { Workflow } from '#kernel/job.ts';

export const workflows: Iterable<Workflow<never, unknown, never>> = [
  recorded,
  certificateIssued,
  deleteAccount,
  deleteDomain,
  evictTemplates,
  enterPoolMaintenance,
  enterMaintenance,
  dialAgain,
  actOnPower,
  changePassword,
  implementNetwork,
  applyIt,
  restartIt,
  deleteIt,
  associateIt,
  disassociateIt,
  addRule,
  changeIt,
  removeRule,
  startIt,
  stopIt,
  rebootIt,
  destroyIt,
  plugNic,
  unplugNic,
  tellRouters,
  addSecondary,
  removeSecondary,
  downloadImage,
  deleteImage,
  prepareOnPool,
  evictFromPool,
  makeVolume,
  attachVolumeJob,
  detachVolumeJob,
  resizeVolumeJob,
  expungeVolume,
  deployVm,
  startVm,
  stopVm,
  rebootVm,
  migrateVm,
  destroyVm,
  expungeVm,
  endStray,
];
