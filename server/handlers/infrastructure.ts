// Verbs of the infrastructure, by command.
import { countAll as listInfrastructure } from '#cloud/capacity/infrastructure.ts';
import { list as listCapacity } from '#cloud/capacity/list.ts';
import { add as addCluster } from '#cloud/cluster/add.ts';
import {
  list as listClusters,
  listMetrics as listClustersMetrics,
  remove as deleteCluster,
  update as updateCluster,
} from '#cloud/cluster/cluster.ts';
import { listCategories as listOsCategories, listTypes as listOsTypes } from '#cloud/guest-os/list.ts';
import {
  configure as configureVirtualRouterElement,
  create as createVirtualRouterElement,
  list as listVirtualRouterElements,
} from '#cloud/physical-network/element.ts';
import { create as createPhysicalNetwork } from '#cloud/physical-network/create.ts';
import {
  list as listPhysicalNetworks,
  listIsolation as listNetworkIsolationMethods,
  listVlans as listGuestVlans,
  remove as deletePhysicalNetwork,
  update as updatePhysicalNetwork,
} from '#cloud/physical-network/physical-network.ts';
import {
  add as addNetworkServiceProvider,
  list as listNetworkServiceProviders,
  remove as deleteNetworkServiceProvider,
  update as updateNetworkServiceProvider,
} from '#cloud/physical-network/provider.ts';
import {
  add as addTrafficType,
  list as listTrafficTypes,
  listImplementors as listTrafficTypeImplementors,
  remove as deleteTrafficType,
  update as updateTrafficType,
} from '#cloud/physical-network/traffic-type.ts';
import { create as createPod } from '#cloud/pod/create.ts';
import { list as listPods } from '#cloud/pod/list.ts';
import {
  createRange as createManagementNetworkIpRange,
  deleteRange as deleteManagementNetworkIpRange,
  updateRange as updatePodManagementNetworkIpRange,
} from '#cloud/pod/ranges.ts';
import { remove as deletePod } from '#cloud/pod/delete.ts';
import { update as updatePod } from '#cloud/pod/update.ts';
import { create as createVlanIpRange } from '#cloud/public-range/create.ts';
import {
  list as listVlanIpRanges,
  remove as deleteVlanIpRange,
  update as updateVlanIpRange,
} from '#cloud/public-range/range.ts';
import {
  add as addRegion,
  list as listRegions,
  remove as removeRegion,
  update as updateRegion,
} from '#cloud/region/region.ts';
import { create as createZone } from '#cloud/zone/create.ts';
import { markDefault as markDefaultZoneForAccount } from '#cloud/zone/default.ts';
import { list as listZones, listMetrics as listZonesMetrics } from '#cloud/zone/list.ts';
import { remove as deleteZone } from '#cloud/zone/delete.ts';
import { update as updateZone } from '#cloud/zone/update.ts';

export const infrastructure = {
  addRegion,
  listRegions,
  updateRegion,
  removeRegion,
  createZone,
  listZones,
  updateZone,
  deleteZone,
  markDefaultZoneForAccount,
  createPod,
  listPods,
  updatePod,
  deletePod,
  createManagementNetworkIpRange,
  deleteManagementNetworkIpRange,
  updatePodManagementNetworkIpRange,
  addCluster,
  listClusters,
  updateCluster,
  deleteCluster,
  createPhysicalNetwork,
  listPhysicalNetworks,
  updatePhysicalNetwork,
  deletePhysicalNetwork,
  listNetworkIsolationMethods,
  listGuestVlans,
  addTrafficType,
  listTrafficTypes,
  updateTrafficType,
  deleteTrafficType,
  listTrafficTypeImplementors,
  addNetworkServiceProvider,
  listNetworkServiceProviders,
  updateNetworkServiceProvider,
  deleteNetworkServiceProvider,
  createVirtualRouterElement,
  listVirtualRouterElements,
  configureVirtualRouterElement,
  createVlanIpRange,
  listVlanIpRanges,
  updateVlanIpRange,
  deleteVlanIpRange,
  listCapacity,
  listInfrastructure,
  listZonesMetrics,
  listClustersMetrics,
  listOsTypes,
  listOsCategories,
};
