// What hypervisors can do, in a new installation. What exists is left as it is.
import { defaultHypervisorCapabilities } from '#api/defaults.data.ts';
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export async function seedHypervisors(tx: Tx): Promise<void> {
  for (const one of defaultHypervisorCapabilities) {
    await tx.run(
      sql`insert into hypervisor_capability ${sql.row({
        hypervisor: one.hypervisor,
        version: one.version,
        max_guests: one.maxGuests,
        max_data_volumes: one.maxDataVolumes,
        max_hosts_per_cluster: one.maxHostsPerCluster,
        security_group: one.securityGroup,
        storage_motion: one.storageMotion,
        vm_snapshot: one.vmSnapshot,
      })} on conflict (hypervisor, version) do nothing`,
    );
  }
}
