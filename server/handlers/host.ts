// Verbs of hosts and storage, by command.
import { add as addHost } from '#cloud/host/add.ts';
import { list as listHosts } from '#cloud/host/list.ts';
import { add as addImageStore, addSecondary as addSecondaryStorage } from '#cloud/image-store/add.ts';
import { list as listImageStores } from '#cloud/image-store/list.ts';
import { create as createStoragePool } from '#cloud/storage-pool/create.ts';
import { list as listStoragePools } from '#cloud/storage-pool/list.ts';

export const host = { addHost, listHosts, addImageStore, addSecondaryStorage, listImageStores, createStoragePool, listStoragePools };
