// Verbs of offerings, by command.
import { createService } from '#cloud/offering/create-service.ts';
import { createNetwork } from '#cloud/offering/create-network.ts';
import { deleteService } from '#cloud/offering/delete-service.ts';
import { createDisk, deleteDisk, listDisks, updateDisk } from '#cloud/offering/disk.ts';
import { listServices } from '#cloud/offering/list-services.ts';
import {
  deleteNetwork,
  listNetworks,
  listServices as listNetworkServices,
  updateNetwork,
} from '#cloud/offering/network.ts';
import { tagsAllowed } from '#cloud/offering/tagged.ts';
import { updateService } from '#cloud/offering/update-service.ts';

export const offering = {
  createServiceOffering: createService,
  listServiceOfferings: listServices,
  updateServiceOffering: updateService,
  deleteServiceOffering: deleteService,
  isAccountAllowedToCreateOfferingsWithTags: tagsAllowed,
  createDiskOffering: createDisk,
  listDiskOfferings: listDisks,
  updateDiskOffering: updateDisk,
  deleteDiskOffering: deleteDisk,
  createNetworkOffering: createNetwork,
  listNetworkOfferings: listNetworks,
  updateNetworkOffering: updateNetwork,
  deleteNetworkOffering: deleteNetwork,
  listSupportedNetworkServices: listNetworkServices,
};
