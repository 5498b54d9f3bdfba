// Every command this server promises, by name: the literal registry that the server, its clients and the documentation read.
// A command without a handler must not be in `commands`; it waits in `laterCommands`, and moving it is moving its line.
import { createZone, listZones, updateZone, deleteZone, markDefaultZoneForAccount } from './infra/zone.ts';
import { addRegion, listRegions, updateRegion, removeRegion } from './infra/region.ts';
import { createPod, listPods, updatePod, deletePod, createManagementNetworkIpRange, deleteManagementNetworkIpRange, updatePodManagementNetworkIpRange } from './infra/pod.ts';
import { addCluster, listClusters, updateCluster, deleteCluster } from './infra/cluster.ts';
import { addHost, listHosts, updateHost, deleteHost, prepareHostForMaintenance, cancelHostMaintenance, reconnectHost, findHostsForMigration, listHostTags, listHypervisors, listHypervisorCapabilities } from './infra/host.ts';
import { listCapacity } from './infra/capacity.ts';
import { listCAProviders, listCaCertificate, issueCertificate } from './infra/certificate.ts';
import { login, logout } from './identity/session.ts';
import { createAccount, listAccounts, updateAccount, deleteAccount, disableAccount, enableAccount, lockAccount } from './identity/account.ts';
import { createUser, listUsers, getUser, updateUser, moveUser, lockUser, disableUser, enableUser, deleteUser } from './identity/user.ts';
import { registerUserKeys, getUserKeys, listUserKeys, listUserKeyRules, deleteUserKeys } from './identity/userkey.ts';
import { createRole, importRole, listRoles, updateRole, deleteRole, enableRole, disableRole, createRolePermission, listRolePermissions, updateRolePermission, deleteRolePermission } from './identity/role.ts';
import { createDomain, listDomains, listDomainChildren, updateDomain, moveDomain, deleteDomain } from './identity/domain.ts';
import { listProjects, listProjectInvitations } from './identity/project.ts';
import { listResourceLimits, updateResourceLimit, updateResourceCount } from './identity/limit.ts';
import { createStoragePool, listStoragePools, updateStoragePool, deleteStoragePool, listStorageProviders, listStorageTags, enableStorageMaintenance, cancelStorageMaintenance } from './storage/pool.ts';
import { addImageStore, addSecondaryStorage, listImageStores, updateImageStore, deleteImageStore } from './storage/imagestore.ts';
import { createVolume, listVolumes, attachVolume, detachVolume, resizeVolume, updateVolume, destroyVolume, recoverVolume, deleteVolume } from './storage/volume.ts';
import { createServiceOffering, listServiceOfferings, updateServiceOffering, deleteServiceOffering, isAccountAllowedToCreateOfferingsWithTags } from './offering/service.ts';
import { createDiskOffering, listDiskOfferings, updateDiskOffering, deleteDiskOffering } from './offering/disk.ts';
import { createNetworkOffering, listNetworkOfferings, updateNetworkOffering, deleteNetworkOffering, listSupportedNetworkServices } from './offering/network.ts';
import { createPhysicalNetwork, listPhysicalNetworks, updatePhysicalNetwork, deletePhysicalNetwork, listNetworkIsolationMethods, addTrafficType, listTrafficTypes, updateTrafficType, deleteTrafficType, listTrafficTypeImplementors, listGuestVlans } from './network/physical.ts';
import { addNetworkServiceProvider, listNetworkServiceProviders, updateNetworkServiceProvider, deleteNetworkServiceProvider } from './network/provider.ts';
import { createVlanIpRange, listVlanIpRanges, updateVlanIpRange, deleteVlanIpRange, createStorageNetworkIpRange, listStorageNetworkIpRange, updateStorageNetworkIpRange, deleteStorageNetworkIpRange } from './network/range.ts';
import { createNetwork, listNetworks, updateNetwork, restartNetwork, deleteNetwork } from './network/network.ts';
import { associateIpAddress, disassociateIpAddress, listPublicIpAddresses, updateIpAddress, reserveIpAddress, releaseIpAddress } from './network/address.ts';
import { createFirewallRule, listFirewallRules, updateFirewallRule, deleteFirewallRule, createEgressFirewallRule, listEgressFirewallRules, updateEgressFirewallRule, deleteEgressFirewallRule } from './network/firewall.ts';
import { createPortForwardingRule, listPortForwardingRules, updatePortForwardingRule, deletePortForwardingRule, enableStaticNat, disableStaticNat, createIpForwardingRule, listIpForwardingRules, deleteIpForwardingRule } from './network/nat.ts';
import { listRouters, startRouter, stopRouter, rebootRouter, destroyRouter, listSystemVms } from './router/router.ts';
import { deployVirtualMachine, listVirtualMachines, updateVirtualMachine, startVirtualMachine, stopVirtualMachine, rebootVirtualMachine, destroyVirtualMachine, recoverVirtualMachine, expungeVirtualMachine, restoreVirtualMachine, scaleVirtualMachine, migrateVirtualMachine } from './vm/lifecycle.ts';
import { listNics, addNicToVirtualMachine, removeNicFromVirtualMachine, updateDefaultNicForVirtualMachine, updateVmNicIp, addIpToNic, removeIpFromNic } from './vm/nic.ts';
import { createSSHKeyPair, registerSSHKeyPair, listSSHKeyPairs, deleteSSHKeyPair, resetSSHKeyForVirtualMachine, resetPasswordForVirtualMachine, getVMPassword, createConsoleEndpoint, listConsoleSessions } from './vm/access.ts';
import { registerUserData, listUserData, deleteUserData, resetUserDataForVirtualMachine, getVirtualMachineUserData } from './vm/userdata.ts';
import { createInstanceGroup, listInstanceGroups, updateInstanceGroup, deleteInstanceGroup, createAffinityGroup, listAffinityGroups, listAffinityGroupTypes, deleteAffinityGroup, updateVMAffinityGroup } from './vm/group.ts';
import { registerTemplate, listTemplates, updateTemplate, deleteTemplate, copyTemplate, prepareTemplate, listTemplatePermissions, updateTemplatePermissions } from './image/template.ts';
import { registerIso, listIsos, updateIso, deleteIso, attachIso, detachIso } from './image/iso.ts';
import { listOsTypes, listOsCategories } from './image/guestos.ts';
import { queryAsyncJobResult, listAsyncJobs } from './job/job.ts';
import { listEvents, listEventTypes, archiveEvents, deleteEvents } from './job/event.ts';
import { listAlerts, listAlertTypes, generateAlert, archiveAlerts, deleteAlerts } from './job/alert.ts';
import { listApis, listCapabilities, listDeploymentPlanners, listNetworkProtocols, listDetailOptions, getCloudIdentifier, getApiLimit, resetApiLimit } from './config/discovery.ts';
import { listConfigurations, listConfigurationGroups, updateConfiguration, resetConfiguration } from './config/setting.ts';
import { listManagementServers } from './config/server.ts';
import { listManagementServersMetrics, listInfrastructure, listZonesMetrics, listClustersMetrics, listHostsMetrics, listStoragePoolsMetrics, listVirtualMachinesMetrics, listVolumesMetrics } from './metrics/metrics.ts';
import { createTags, listTags, deleteTags } from './tag/tag.ts';
import { addResourceDetail, listResourceDetails, removeResourceDetail } from './tag/detail.ts';
import { addAnnotation, listAnnotations, removeAnnotation } from './tag/annotation.ts';

/** Served. */
export const commands = {
  // infra/zone
  createZone,
  listZones,
  updateZone,
  deleteZone,
  markDefaultZoneForAccount,
  // infra/region
  addRegion,
  listRegions,
  updateRegion,
  removeRegion,
  // infra/pod
  createPod,
  listPods,
  updatePod,
  deletePod,
  createManagementNetworkIpRange,
  deleteManagementNetworkIpRange,
  updatePodManagementNetworkIpRange,
  // infra/cluster
  addCluster,
  listClusters,
  updateCluster,
  deleteCluster,
  // infra/host
  addHost,
  listHosts,
  updateHost,
  deleteHost,
  prepareHostForMaintenance,
  cancelHostMaintenance,
  reconnectHost,
  findHostsForMigration,
  listHostTags,
  listHypervisors,
  listHypervisorCapabilities,
  // infra/capacity
  listCapacity,
  // infra/certificate
  listCAProviders,
  listCaCertificate,
  issueCertificate,
  // identity/session
  login,
  logout,
  // identity/account
  createAccount,
  listAccounts,
  updateAccount,
  deleteAccount,
  disableAccount,
  enableAccount,
  // identity/user
  createUser,
  listUsers,
  getUser,
  updateUser,
  moveUser,
  lockUser,
  disableUser,
  enableUser,
  deleteUser,
  // identity/userkey
  registerUserKeys,
  getUserKeys,
  listUserKeys,
  listUserKeyRules,
  deleteUserKeys,
  // identity/role
  createRole,
  importRole,
  listRoles,
  updateRole,
  deleteRole,
  enableRole,
  disableRole,
  createRolePermission,
  listRolePermissions,
  updateRolePermission,
  deleteRolePermission,
  // identity/domain
  createDomain,
  listDomains,
  listDomainChildren,
  updateDomain,
  moveDomain,
  deleteDomain,
  // identity/project
  listProjects,
  listProjectInvitations,
  // identity/limit
  listResourceLimits,
  updateResourceLimit,
  updateResourceCount,
  // storage/pool
  createStoragePool,
  listStoragePools,
  updateStoragePool,
  deleteStoragePool,
  listStorageProviders,
  listStorageTags,
  enableStorageMaintenance,
  cancelStorageMaintenance,
  // storage/imagestore
  addImageStore,
  addSecondaryStorage,
  listImageStores,
  updateImageStore,
  deleteImageStore,
  // storage/volume
  createVolume,
  listVolumes,
  attachVolume,
  detachVolume,
  resizeVolume,
  updateVolume,
  destroyVolume,
  recoverVolume,
  deleteVolume,
  // offering/service
  createServiceOffering,
  listServiceOfferings,
  updateServiceOffering,
  deleteServiceOffering,
  isAccountAllowedToCreateOfferingsWithTags,
  // offering/disk
  createDiskOffering,
  listDiskOfferings,
  updateDiskOffering,
  deleteDiskOffering,
  // offering/network
  createNetworkOffering,
  listNetworkOfferings,
  updateNetworkOffering,
  deleteNetworkOffering,
  listSupportedNetworkServices,
  // network/physical
  createPhysicalNetwork,
  listPhysicalNetworks,
  updatePhysicalNetwork,
  deletePhysicalNetwork,
  listNetworkIsolationMethods,
  addTrafficType,
  listTrafficTypes,
  updateTrafficType,
  deleteTrafficType,
  listTrafficTypeImplementors,
  listGuestVlans,
  // network/provider
  addNetworkServiceProvider,
  listNetworkServiceProviders,
  updateNetworkServiceProvider,
  deleteNetworkServiceProvider,
  // network/range
  createVlanIpRange,
  listVlanIpRanges,
  updateVlanIpRange,
  deleteVlanIpRange,
  createStorageNetworkIpRange,
  listStorageNetworkIpRange,
  updateStorageNetworkIpRange,
  deleteStorageNetworkIpRange,
  // network/network
  createNetwork,
  listNetworks,
  updateNetwork,
  restartNetwork,
  deleteNetwork,
  // network/address
  associateIpAddress,
  disassociateIpAddress,
  listPublicIpAddresses,
  updateIpAddress,
  reserveIpAddress,
  releaseIpAddress,
  // network/firewall
  createFirewallRule,
  listFirewallRules,
  updateFirewallRule,
  deleteFirewallRule,
  createEgressFirewallRule,
  listEgressFirewallRules,
  updateEgressFirewallRule,
  deleteEgressFirewallRule,
  // network/nat
  createPortForwardingRule,
  listPortForwardingRules,
  updatePortForwardingRule,
  deletePortForwardingRule,
  enableStaticNat,
  disableStaticNat,
  createIpForwardingRule,
  listIpForwardingRules,
  deleteIpForwardingRule,
  // router/router
  listRouters,
  startRouter,
  stopRouter,
  rebootRouter,
  destroyRouter,
  listSystemVms,
  // vm/lifecycle
  deployVirtualMachine,
  listVirtualMachines,
  updateVirtualMachine,
  startVirtualMachine,
  stopVirtualMachine,
  rebootVirtualMachine,
  destroyVirtualMachine,
  recoverVirtualMachine,
  expungeVirtualMachine,
  // vm/nic
  listNics,
  addNicToVirtualMachine,
  removeNicFromVirtualMachine,
  updateDefaultNicForVirtualMachine,
  updateVmNicIp,
  addIpToNic,
  removeIpFromNic,
  // vm/access
  createSSHKeyPair,
  registerSSHKeyPair,
  listSSHKeyPairs,
  deleteSSHKeyPair,
  resetSSHKeyForVirtualMachine,
  resetPasswordForVirtualMachine,
  getVMPassword,
  createConsoleEndpoint,
  listConsoleSessions,
  // vm/userdata
  registerUserData,
  listUserData,
  deleteUserData,
  resetUserDataForVirtualMachine,
  getVirtualMachineUserData,
  // vm/group
  createInstanceGroup,
  listInstanceGroups,
  updateInstanceGroup,
  deleteInstanceGroup,
  createAffinityGroup,
  listAffinityGroups,
  listAffinityGroupTypes,
  deleteAffinityGroup,
  updateVMAffinityGroup,
  // image/template
  registerTemplate,
  listTemplates,
  updateTemplate,
  deleteTemplate,
  prepareTemplate,
  listTemplatePermissions,
  updateTemplatePermissions,
  // image/iso
  registerIso,
  listIsos,
  updateIso,
  deleteIso,
  attachIso,
  // image/guestos
  listOsTypes,
  listOsCategories,
  // job/job
  queryAsyncJobResult,
  listAsyncJobs,
  // job/event
  listEvents,
  listEventTypes,
  archiveEvents,
  deleteEvents,
  // job/alert
  listAlerts,
  listAlertTypes,
  generateAlert,
  archiveAlerts,
  deleteAlerts,
  // config/discovery
  listApis,
  listCapabilities,
  listDeploymentPlanners,
  listNetworkProtocols,
  listDetailOptions,
  getCloudIdentifier,
  getApiLimit,
  resetApiLimit,
  // config/setting
  listConfigurations,
  listConfigurationGroups,
  updateConfiguration,
  resetConfiguration,
  // config/server
  listManagementServers,
  // metrics/metrics
  listManagementServersMetrics,
  listInfrastructure,
  listZonesMetrics,
  listClustersMetrics,
  listHostsMetrics,
  listStoragePoolsMetrics,
  listVirtualMachinesMetrics,
  listVolumesMetrics,
  // tag/tag
  createTags,
  listTags,
  deleteTags,
  // tag/detail
  addResourceDetail,
  listResourceDetails,
  removeResourceDetail,
  // tag/annotation
  addAnnotation,
  listAnnotations,
  removeAnnotation,
} as const;

/** Written down, not yet served. */
export const laterCommands = {
  lockAccount,
  restoreVirtualMachine,
  scaleVirtualMachine,
  migrateVirtualMachine,
  copyTemplate,
  detachIso,
} as const;

export type Commands = typeof commands;
export type CommandName = keyof Commands;
