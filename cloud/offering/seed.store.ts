// Offerings of a new installation. Not there: those of providers this cloud does not have (Tungsten, NSX, Netris, Netscaler, config
// drive, VPC routers), and those of system VMs it does not run (internal and elastic load balancers).
// What exists is left as it is; what was deleted stays deleted.
import {
  defaultDiskOfferings,
  defaultNetworkOfferings,
  defaultServiceOfferings,
  type DefaultDiskOffering,
  type DefaultNetworkOffering,
  type DefaultServiceOffering,
} from '#api/defaults.data.ts';
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export async function seedOfferings(tx: Tx): Promise<void> {
  await addMissing(tx, 'service_offering', defaultServiceOfferings.map(serviceRow));
  await addMissing(tx, 'disk_offering', defaultDiskOfferings.map(diskRow));
  await addMissing(tx, 'network_offering', defaultNetworkOfferings.map(networkRow));
}

type Row = Readonly<Record<string, unknown>> & { unique_name: string };

async function addMissing(tx: Tx, table: string, rows: readonly Row[]): Promise<void> {
  const known = await tx.rows<{ name: string }>(
    sql`select unique_name as name from ${sql.raw(table)} where unique_name = any(${rows.map((row) => row.unique_name)})`,
  );
  const names = new Set(known.map(({ name }) => name));
  for (const row of rows)
    if (!names.has(row.unique_name)) await tx.run(sql`insert into ${sql.raw(table)} ${sql.row(row)}`);
}

const serviceRow = (one: DefaultServiceOffering): Row => ({
  unique_name: one.uniqueName,
  name: one.name,
  display_text: one.name,
  cpus: one.cpuNumber,
  cpu_mhz: one.cpuSpeedMhz,
  memory_mib: one.memoryMib,
  offer_ha: one.offerHa,
  storage_type: one.localStorage ? 'local' : 'shared',
  system_use: one.systemVmType !== undefined,
  system_vm_type: one.systemVmType,
  is_default: one.systemVmType !== undefined,
  cache_mode: 'none',
});

const diskRow = (one: DefaultDiskOffering): Row => ({
  unique_name: one.uniqueName,
  name: one.name,
  display_text: one.customized ? 'Custom Disk' : `${one.name} Disk, ${one.diskSizeGib} GB`,
  size_gib: one.customized ? undefined : one.diskSizeGib,
  customized: one.customized,
  provisioning_type: one.provisioningType,
  cache_mode: 'none',
});

const networkRow = (one: DefaultNetworkOffering): Row => ({
  unique_name: one.name,
  name: one.name,
  display_text: one.displayText,
  traffic_type: one.trafficType,
  guest_type: one.guestType,
  availability: one.availability,
  state: 'Enabled',
  is_default: true,
  system_only: one.systemOnly,
  specify_vlan: one.specifyVlan,
  specify_ip_ranges: one.specifyIpRanges,
  conserve_mode: one.conserveMode,
  for_vpc: one.forVpc,
  egress_default_allow: one.egressDefaultPolicy,
  services: JSON.stringify(
    Object.fromEntries(Object.entries(one.services).map(([name, providers]) => [name, { providers }])),
  ),
});
