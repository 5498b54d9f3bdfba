// Default limits of accounts, domains and projects.
import { section, whole } from './setting.ts';

export const limitSettings = section('Access', 'Limits', {
  'max.account.backup.storage': whole(
    400,
    'Most backup storage an account may have unless the account has its own limit; -1 for any',
    { unit: 'GiB', category: 'Account Defaults' },
  ),
  'max.account.backups': whole(
    20,
    'Most backups an account may have unless the account has its own limit; -1 for any',
    { unit: 'backups', category: 'Account Defaults' },
  ),
  'max.account.buckets': whole(
    20,
    'Most buckets an account may have unless the account has its own limit; -1 for any',
    { unit: 'buckets', category: 'Account Defaults' },
  ),
  'max.account.cpus': whole(40, 'Most CPU cores an account may have unless the account has its own limit; -1 for any', {
    unit: 'cores',
    category: 'Account Defaults',
  }),
  'max.account.gpus': whole(20, 'Most GPUs an account may have unless the account has its own limit; -1 for any', {
    unit: 'GPUs',
    category: 'Account Defaults',
  }),
  'max.account.memory': whole(
    40960,
    'Most memory an account may have unless the account has its own limit; -1 for any',
    { unit: 'MiB', category: 'Account Defaults' },
  ),
  'max.account.networks': whole(
    20,
    'Most guest networks an account may have unless the account has its own limit; -1 for any',
    { unit: 'networks', category: 'Account Defaults' },
  ),
  'max.account.object.storage': whole(
    400,
    'Most object storage an account may have unless the account has its own limit; -1 for any',
    { unit: 'GiB', category: 'Account Defaults' },
  ),
  'max.account.primary.storage': whole(
    200,
    'Most primary storage an account may have unless the account has its own limit; -1 for any',
    { unit: 'GiB', category: 'Account Defaults' },
  ),
  'max.account.projects': whole(
    10,
    'Most projects an account may have unless the account has its own limit; -1 for any',
    { unit: 'projects', category: 'Account Defaults' },
  ),
  'max.account.public.ips': whole(
    20,
    'Most public addresses an account may have unless the account has its own limit; -1 for any',
    { unit: 'addresses', category: 'Account Defaults' },
  ),
  'max.account.secondary.storage': whole(
    400,
    'Most secondary storage an account may have unless the account has its own limit; -1 for any',
    { unit: 'GiB', category: 'Account Defaults' },
  ),
  'max.account.snapshots': whole(
    20,
    'Most snapshots an account may have unless the account has its own limit; -1 for any',
    { unit: 'snapshots', category: 'Account Defaults' },
  ),
  'max.account.templates': whole(
    20,
    'Most templates and ISOs an account may have unless the account has its own limit; -1 for any',
    { unit: 'templates', category: 'Account Defaults' },
  ),
  'max.account.user.vms': whole(
    20,
    'Most instances an account may have unless the account has its own limit; -1 for any',
    { unit: 'instances', category: 'Account Defaults' },
  ),
  'max.account.volumes': whole(
    20,
    'Most volumes an account may have unless the account has its own limit; -1 for any',
    { unit: 'volumes', category: 'Account Defaults' },
  ),
  'max.account.vpcs': whole(20, 'Most VPCs an account may have unless the account has its own limit; -1 for any', {
    unit: 'VPCs',
    category: 'Account Defaults',
  }),
  'max.domain.backup.storage': whole(
    800,
    'Most backup storage a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'GiB', category: 'Domain Defaults' },
  ),
  'max.domain.backups': whole(40, 'Most backups a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'backups',
    category: 'Domain Defaults',
  }),
  'max.domain.buckets': whole(20, 'Most buckets a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'buckets',
    category: 'Domain Defaults',
  }),
  'max.domain.cpus': whole(80, 'Most CPU cores a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'cores',
    category: 'Domain Defaults',
  }),
  'max.domain.gpus': whole(20, 'Most GPUs a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'GPUs',
    category: 'Domain Defaults',
  }),
  'max.domain.memory': whole(81920, 'Most memory a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'MiB',
    category: 'Domain Defaults',
  }),
  'max.domain.networks': whole(
    40,
    'Most guest networks a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'networks', category: 'Domain Defaults' },
  ),
  'max.domain.object.storage': whole(
    400,
    'Most object storage a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'GiB', category: 'Domain Defaults' },
  ),
  'max.domain.primary.storage': whole(
    400,
    'Most primary storage a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'GiB', category: 'Domain Defaults' },
  ),
  'max.domain.projects': whole(50, 'Most projects a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'projects',
    category: 'Domain Defaults',
  }),
  'max.domain.public.ips': whole(
    40,
    'Most public addresses a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'addresses', category: 'Domain Defaults' },
  ),
  'max.domain.secondary.storage': whole(
    800,
    'Most secondary storage a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'GiB', category: 'Domain Defaults' },
  ),
  'max.domain.snapshots': whole(
    40,
    'Most snapshots a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'snapshots', category: 'Domain Defaults' },
  ),
  'max.domain.templates': whole(
    40,
    'Most templates and ISOs a domain may have unless the domain has its own limit; -1 for any',
    { unit: 'templates', category: 'Domain Defaults' },
  ),
  'max.domain.user.vms': whole(40, 'Most instances a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'instances',
    category: 'Domain Defaults',
  }),
  'max.domain.volumes': whole(40, 'Most volumes a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'volumes',
    category: 'Domain Defaults',
  }),
  'max.domain.vpcs': whole(40, 'Most VPCs a domain may have unless the domain has its own limit; -1 for any', {
    unit: 'VPCs',
    category: 'Domain Defaults',
  }),
  'max.project.backup.storage': whole(
    400,
    'Most backup storage a project may have unless the project has its own limit; -1 for any',
    { unit: 'GiB', category: 'Project Defaults' },
  ),
  'max.project.backups': whole(20, 'Most backups a project may have unless the project has its own limit; -1 for any', {
    unit: 'backups',
    category: 'Project Defaults',
  }),
  'max.project.buckets': whole(20, 'Most buckets a project may have unless the project has its own limit; -1 for any', {
    unit: 'buckets',
    category: 'Project Defaults',
  }),
  'max.project.cpus': whole(40, 'Most CPU cores a project may have unless the project has its own limit; -1 for any', {
    unit: 'cores',
    category: 'Project Defaults',
  }),
  'max.project.gpus': whole(20, 'Most GPUs a project may have unless the project has its own limit; -1 for any', {
    unit: 'GPUs',
    category: 'Project Defaults',
  }),
  'max.project.memory': whole(
    40960,
    'Most memory a project may have unless the project has its own limit; -1 for any',
    { unit: 'MiB', category: 'Project Defaults' },
  ),
  'max.project.networks': whole(
    20,
    'Most guest networks a project may have unless the project has its own limit; -1 for any',
    { unit: 'networks', category: 'Project Defaults' },
  ),
  'max.project.object.storage': whole(
    400,
    'Most object storage a project may have unless the project has its own limit; -1 for any',
    { unit: 'GiB', category: 'Project Defaults' },
  ),
  'max.project.primary.storage': whole(
    200,
    'Most primary storage a project may have unless the project has its own limit; -1 for any',
    { unit: 'GiB', category: 'Project Defaults' },
  ),
  'max.project.public.ips': whole(
    20,
    'Most public addresses a project may have unless the project has its own limit; -1 for any',
    { unit: 'addresses', category: 'Project Defaults' },
  ),
  'max.project.secondary.storage': whole(
    400,
    'Most secondary storage a project may have unless the project has its own limit; -1 for any',
    { unit: 'GiB', category: 'Project Defaults' },
  ),
  'max.project.snapshots': whole(
    20,
    'Most snapshots a project may have unless the project has its own limit; -1 for any',
    { unit: 'snapshots', category: 'Project Defaults' },
  ),
  'max.project.templates': whole(
    20,
    'Most templates and ISOs a project may have unless the project has its own limit; -1 for any',
    { unit: 'templates', category: 'Project Defaults' },
  ),
  'max.project.user.vms': whole(
    20,
    'Most instances a project may have unless the project has its own limit; -1 for any',
    { unit: 'instances', category: 'Project Defaults' },
  ),
  'max.project.volumes': whole(20, 'Most volumes a project may have unless the project has its own limit; -1 for any', {
    unit: 'volumes',
    category: 'Project Defaults',
  }),
  'max.project.vpcs': whole(20, 'Most VPCs a project may have unless the project has its own limit; -1 for any', {
    unit: 'VPCs',
    category: 'Project Defaults',
  }),
});
