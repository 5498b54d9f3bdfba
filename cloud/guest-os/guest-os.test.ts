// Guest operating systems of a fresh installation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';

test(
  'types are found by their description and by category',
  inCloud(async ({ admin }) => {
    const {
      ostype: [debian],
      count,
    } = await admin.call('listOsTypes', { description: 'debian gnu/linux 12 (64-bit)' });
    assert.deepEqual(
      [count, debian.name, debian.oscategoryname, debian.isuserdefined, debian.fordisplay],
      [1, 'Debian GNU/Linux 12 (64-bit)', 'Debian', false, true],
    );
    assert.equal((await admin.call('listOsTypes', { oscategoryid: debian.oscategoryid }))['count'], 5);
    assert.equal((await admin.call('listOsTypes', { ids: debian.id }))['count'], 1);
    assert.deepEqual(await admin.call('listOsTypes', { fordisplay: false }), {});
  }),
);

test(
  'categories come in their order; those of which there are images can be asked for',
  inCloud(async ({ admin, db }) => {
    const { oscategory: all } = await admin.call('listOsCategories');
    assert.deepEqual([all[0].name, all[1].name, all.length], ['CentOS', 'Debian', 12]);
    assert.deepEqual((await admin.call('listOsCategories', { name: 'Other' }))['oscategory'][0].isfeatured, false);
    assert.deepEqual(await admin.call('listOsCategories', { isiso: false }), {});
    await db.read.run(
      sql`insert into template(account_id, domain_id, name, display_text, format, hypervisor, guest_os_id) select 2, 1, 't', 't', 'QCOW2', 'KVM', id from guest_os where name = 'Ubuntu 24.04 LTS'`,
    );
    assert.deepEqual(
      (await admin.call('listOsCategories', { isiso: false, arch: 'x86_64' }))['oscategory'].map(
        (one: { name: string }) => one.name,
      ),
      ['Ubuntu'],
    );
  }),
);
