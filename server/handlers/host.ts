// Verbs of hosts and storage, by command.
import { add as addHost } from '#cloud/host/add.ts';
import { remove as deleteHost } from '#cloud/host/delete.ts';
import { cancel as cancelHostAsDegraded, declare as declareHostAsDegraded } from '#cloud/host/degraded.ts';
import {
  configure as configureHAForHost,
  disableCluster as disableHAForCluster,
  disableHost as disableHAForHost,
  disableZone as disableHAForZone,
  enableCluster as enableHAForCluster,
  enableHost as enableHAForHost,
  enableZone as enableHAForZone,
  listProviders as listHostHAProviders,
  listResources as listHostHAResources,
} from '#cloud/host/ha.ts';
import { findForMigration as findHostsForMigration } from '#cloud/host/for-migration.ts';
import {
  list as listHosts,
  listCapabilities as listHypervisorCapabilities,
  listHypervisorNames as listHypervisors,
  listMetrics as listHostsMetrics,
  listTags as listHostTags,
} from '#cloud/host/list.ts';
import { cancel as cancelHostMaintenance, prepare as prepareHostForMaintenance } from '#cloud/host/maintenance.ts';
import { reconnect as reconnectHost } from '#cloud/host/reconnect.ts';
import { update as updateHost } from '#cloud/host/update.ts';
import { issue as issueOutOfBandManagementPowerAction } from '#cloud/out-of-band/act.ts';
import {
  disableCluster as disableOutOfBandManagementForCluster,
  disableHost as disableOutOfBandManagementForHost,
  disableZone as disableOutOfBandManagementForZone,
  enableCluster as enableOutOfBandManagementForCluster,
  enableHost as enableOutOfBandManagementForHost,
  enableZone as enableOutOfBandManagementForZone,
} from '#cloud/out-of-band/allow.ts';
import { configure as configureOutOfBandManagement } from '#cloud/out-of-band/configure.ts';
import { changeIt as changeOutOfBandManagementPassword } from '#cloud/out-of-band/password.ts';
import { add as addImageStore, addSecondary as addSecondaryStorage } from '#cloud/image-store/add.ts';
import { remove as deleteImageStore, update as updateImageStore } from '#cloud/image-store/image-store.ts';
import { list as listImageStores } from '#cloud/image-store/list.ts';
import { create as createStoragePool } from '#cloud/storage-pool/create.ts';
import { remove as deleteStoragePool } from '#cloud/storage-pool/delete.ts';
import {
  list as listStoragePools,
  listMetrics as listStoragePoolsMetrics,
  listProviders as listStorageProviders,
  listTags as listStorageTags,
} from '#cloud/storage-pool/list.ts';
import {
  cancel as cancelStorageMaintenance,
  enable as enableStorageMaintenance,
} from '#cloud/storage-pool/maintenance.ts';
import { update as updateStoragePool } from '#cloud/storage-pool/update.ts';

export const host = {
  addHost,
  listHosts,
  listHostsMetrics,
  updateHost,
  deleteHost,
  prepareHostForMaintenance,
  cancelHostMaintenance,
  reconnectHost,
  declareHostAsDegraded,
  cancelHostAsDegraded,
  configureHAForHost,
  enableHAForHost,
  disableHAForHost,
  enableHAForCluster,
  disableHAForCluster,
  enableHAForZone,
  disableHAForZone,
  listHostHAProviders,
  listHostHAResources,
  findHostsForMigration,
  listHostTags,
  listHypervisors,
  listHypervisorCapabilities,
  configureOutOfBandManagement,
  enableOutOfBandManagementForHost,
  disableOutOfBandManagementForHost,
  enableOutOfBandManagementForCluster,
  disableOutOfBandManagementForCluster,
  enableOutOfBandManagementForZone,
  disableOutOfBandManagementForZone,
  issueOutOfBandManagementPowerAction,
  changeOutOfBandManagementPassword,
  addImageStore,
  addSecondaryStorage,
  listImageStores,
  updateImageStore,
  deleteImageStore,
  createStoragePool,
  listStoragePools,
  listStoragePoolsMetrics,
  updateStoragePool,
  deleteStoragePool,
  listStorageProviders,
  listStorageTags,
  enableStorageMaintenance,
  cancelStorageMaintenance,
};
