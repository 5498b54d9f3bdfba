// The settings, with the names and defaults CloudStack gives them: one line here and one reader make one. Those that wait for
// their reader stand in settings.unheeded.ts and take no other value.
import { flag, number, section, text, whole, words } from './setting.ts';

export const generalSettings = {
  ...section('Management Server', 'API', {
    'default.page.size': whole(500, 'Most items a list answers with; -1 for no limit', { unit: 'items' }),
    'api.sessionkey.check.locations': text('CookieAndParameter', "Where a session's key must be sent", {
      oneOf: ['CookieOrParameter', 'ParameterOnly', 'CookieAndParameter'],
    }),
    'api.sessionkey.cookie.samesite': text('Lax', 'SameSite of the session cookie', {
      oneOf: ['Lax', 'Strict', 'NoneAndSecure', 'Null'],
    }),
    'session.timeout': whole(30, 'How long a session lasts without a call', { unit: 'minutes' }),
    'enable.secure.session.cookie': flag(false, 'Send the session cookie over HTTPS only'),
    'api.throttling.enabled': flag(false, 'Limit how many calls an account makes'),
    'api.throttling.interval': whole(1, "Interval in which an account's calls are counted", { unit: 'seconds' }),
    'api.throttling.max': whole(25, 'Most calls of an account in an interval', { unit: 'calls' }),
    'api.throttling.cachesize': whole(50000, "How many accounts' counters are kept", {
      unit: 'accounts',
      restart: true,
    }),
    'api.source.cidr.checks.enabled': flag(true, "Check the address a call comes from against the account's list"),
    'api.allowed.source.cidr.list': words('0.0.0.0/0,::/0', "Networks an account's calls may come from", {
      scope: ['Account'],
    }),
    'api.key.access': flag(true, 'Whether API keys may be used where neither user nor account says otherwise', {
      category: 'System',
      scope: ['Domain'],
    }),
    'enforce.post.requests.and.timestamps': flag(false, 'Accept changes by POST only and signatures that expire only'),
    'integration.api.port': whole(0, 'Port on which calls need no authentication; 0 for none', {
      unit: 'port',
      restart: true,
    }),
    'json.content.type': text('application/json; charset=UTF-8', 'Content type of JSON answers'),
    'encode.api.response': flag(false, 'URL-encode the strings in answers'),
    'expose.cloudstack.version.api.list.capabilities': flag(true, 'Show the version in listCapabilities'),
    'expose.cloudstack.version.api.xml.response': flag(true, 'Show the version in XML answers'),
    'expose.errors.to.user': flag(false, 'Show why something failed to users who are not administrators'),
    'endpoint.url': text('http://localhost:8080/client/api', 'URL of the API as hosts and instances reach it'),
  }),
  ...section('Access', 'Single sign-on', {
    'security.singlesignon.key': text(null, 'Key with which another system signs its users in; none for not at all', {
      category: 'Secure',
      secret: true,
    }),
    'security.singlesignon.tolerance.millis': whole(300000, 'How far the clocks may differ at single sign-on', {
      unit: 'milliseconds',
    }),
  }),
  ...section('Access', 'User', {
    'incorrect.login.attempts.allowed': whole(5, 'Failed logins after which a user is disabled; 0 for any number'),
    'use.secret.key.in.response': flag(false, 'Show secret keys in lists of users'),
  }),
  ...section('Access', 'Password', {
    'password.policy.minimum.length': whole(0, "Least length of a user's password", {
      unit: 'characters',
      scope: ['Domain'],
    }),
    'password.policy.minimum.digits': whole(0, "Least number of digits in a user's password", {
      unit: 'characters',
      scope: ['Domain'],
    }),
    'password.policy.minimum.lowercase.letters': whole(0, "Least number of lower case letters in a user's password", {
      unit: 'characters',
      scope: ['Domain'],
    }),
    'password.policy.minimum.uppercase.letters': whole(0, "Least number of upper case letters in a user's password", {
      unit: 'characters',
      scope: ['Domain'],
    }),
    'password.policy.minimum.special.characters': whole(
      0,
      "Least number of characters in a user's password that are neither letters nor digits",
      { unit: 'characters', scope: ['Domain'] },
    ),
    'password.policy.allowPasswordToContainUsername': flag(true, "Let a password contain the user's name", {
      scope: ['Domain'],
    }),
    'password.policy.regex': text('.+', "Pattern that a user's password must match", { scope: ['Domain'] }),
  }),
  ...section('Access', 'Account', {
    'allow.user.view.all.domain.accounts': flag(false, 'Let users see all accounts of their domain', {
      scope: ['Domain'],
    }),
    'account.cleanup.interval': whole(86400, 'How often what deleted accounts left behind is removed', {
      unit: 'seconds',
    }),
    'enable.account.settings.for.domain': flag(false, 'Let settings of accounts be set for a domain'),
  }),
  ...section('Access', 'Project', {
    'allow.user.create.projects': flag(true, 'Let users create projects', { category: 'Project Defaults' }),
  }),
  ...section('Management Server', 'Jobs', {
    'job.expire.minutes': whole(1440, 'How long a finished job can still be asked for', { unit: 'minutes' }),
    'job.cancel.threshold.minutes': whole(
      60,
      'How long a job may wait or run, or a thing be between two states, before an alert is raised',
      {
        unit: 'minutes',
      },
    ),
  }),
  ...section('Management Server', 'Prometheus', {
    'prometheus.exporter.enable': flag(false, 'Let Prometheus read metrics from every server', { restart: true }),
    'prometheus.exporter.port': whole(9595, 'Port that metrics are read from', { unit: 'port', restart: true }),
    'prometheus.exporter.allowed.ips': words('127.0.0.1', 'Addresses that may read metrics'),
    'prometheus.exporter.offering.output.limit': whole(
      -1,
      'How many sizes of instances are counted, the most used ones first; -1 for all',
      { unit: 'sizes' },
    ),
  }),
  ...section('Management Server', 'Events', {
    'event.purge.delay': whole(15, 'How long events are kept; 0 for ever', { unit: 'days' }),
    'event.purge.interval': whole(86400, 'How often old events are removed', { unit: 'seconds' }),
  }),
  ...section('Management Server', 'Alerts', {
    'alert.purge.delay': whole(0, 'How long alerts are kept; 0 for ever', { unit: 'days' }),
    'alert.purge.interval': whole(86400, 'How often old alerts are removed', { unit: 'seconds' }),
    'alert.wait': whole(1800, 'How long a host may be away before an alert is raised', { unit: 'seconds' }),
    'alert.email.addresses': words(null, 'Who alerts are mailed to', { category: 'Alert' }),
    'alert.email.sender': text(null, 'Who alerts are mailed from', { category: 'Alert' }),
    'alert.smtp.host': text(null, 'Mail server for alerts; none for no mail', { category: 'Alert' }),
    'alert.smtp.port': whole(465, 'Port of the mail server', { unit: 'port', category: 'Alert' }),
    'alert.smtp.useAuth': flag(false, 'Log in to the mail server', { category: 'Alert', scope: ['ManagementServer'] }),
    'alert.smtp.username': text(null, 'User at the mail server', { category: 'Alert' }),
    'alert.smtp.password': text(null, 'Password at the mail server', { category: 'Secure', secret: true }),
    'alert.smtp.useStartTLS': flag(false, 'Encrypt the connection to the mail server'),
    'alert.smtp.timeout': whole(30000, 'How long to wait for the mail server', {
      unit: 'milliseconds',
      category: 'Alert',
    }),
    'alert.smtp.connectiontimeout': whole(30000, 'How long to wait for a connection to the mail server', {
      unit: 'milliseconds',
      category: 'Alert',
    }),
    'alert.allowed.repetitive.types': words(
      '',
      'Types of alerts that are raised anew although the last of the kind still stands',
      { category: 'Alert' },
    ),
    'capacity.check.period': whole(300000, 'How often capacity is compared with its thresholds', {
      unit: 'milliseconds',
      category: 'Alert',
    }),
  }),
  ...section('Infrastructure', 'Host', {
    'host.ping.interval': whole(
      5,
      'How often a host says that it is alive; less often where a server has more than 400 hosts for each second',
      { unit: 'seconds' },
    ),
    'host.ping.timeout': number(3.2, 'How many intervals a host may be silent before it is taken to be gone', {
      unit: 'intervals',
    }),
    'ping.interval': whole(
      60,
      "How often CloudStack's hosts say that they are alive; here host.ping.interval does it",
      {
        unit: 'seconds',
      },
    ),
    'ping.timeout': number(2.5, "How many intervals CloudStack's hosts may be silent; here host.ping.timeout does it", {
      unit: 'intervals',
    }),
    wait: whole(1800, 'How long to wait for a host to carry something out', { unit: 'seconds' }),
    'host.stats.interval': whole(60000, 'How often hosts are measured', { unit: 'milliseconds' }),
    'host.maintenance.local.storage.strategy': text(
      'Error',
      'What to do at maintenance with instances whose disks are on the host',
      { oneOf: ['Error', 'Migration', 'ForceStop'] },
    ),
  }),
  ...section('Compute', 'Instance', {
    'vm.stats.interval': whole(60000, 'How often instances are measured', { unit: 'milliseconds' }),
    'vm.stats.max.retention.time': whole(720, 'How long measurements of instances are kept', { unit: 'minutes' }),
    'vm.stats.increment.metrics': flag(
      false,
      'Show measured traffic since start in place of since the last measurement',
    ),
    'vm.stats.user.vm.only': flag(false, "Measure users' instances only, not system VMs"),
    'list.vm.default.details.stats': flag(true, 'List instances with what they use where details are not asked for'),
    'instance.name': text('VM', 'Last part of internal instance names'),
    'expunge.delay': whole(86400, 'How long a destroyed instance can be recovered', { unit: 'seconds' }),
    'expunge.interval': whole(86400, 'How often destroyed instances are looked for that can be expunged', {
      unit: 'seconds',
    }),
    'allow.user.expunge.recover.vm': flag(false, 'Let users expunge and recover their instances', {
      scope: ['Account'],
    }),
    'allow.user.view.destroyed.vm': flag(false, 'Let users see their destroyed instances', { scope: ['Account'] }),
    'allow.user.force.stop.vm': flag(true, 'Let users stop instances by force', { scope: ['Account'] }),
    'vm.destroy.forcestop': flag(false, 'Destroy an instance by force'),
    'enable.dynamic.scale.vm': flag(false, 'Let running instances be scaled', { scope: ['Zone'] }),
    'enable.additional.vm.configuration': flag(false, 'Let extra configuration be given with an instance', {
      scope: ['Account'],
    }),
    'vm.instancename.flag': flag(false, 'Use the display name in the internal name'),
    'vm.distinct.hostname.scope': text('network', 'Within what the name of an instance must be the only one', {
      oneOf: ['global', 'domain', 'subdomain', 'account', 'network'],
    }),
    'vm.password.length': whole(6, 'Length of generated passwords', { unit: 'characters' }),
    'vm.userdata.max.length': whole(32768, 'Most user data an instance may have', { unit: 'bytes' }),
    'user.vm.denied.details': words(
      'rootdisksize, cpuOvercommitRatio, memoryOvercommitRatio, Message.ReservedCapacityFreed.Flag',
      'Details of an instance that users neither see nor set',
    ),
    'user.vm.readonly.details': words(
      'dataDiskController, rootDiskController, backupValidationCommandTimeout, backupValidationScreenshotWait, backupValidationBootTimeout',
      'Details of an instance that users see but cannot set',
    ),
    'vm.iso.max.count': whole(1, 'Most ISOs attached to an instance', { unit: 'ISOs', scope: ['Cluster'] }),
    'ssh.key.length': whole(2048, 'Length of generated SSH keys', { unit: 'bits' }),
    'start.retry': whole(10, 'How often a start is tried on other hosts', { unit: 'times' }),
    'global.allow.expose.host.hostname': flag(false, 'Show instances the name of their host'),
    'account.allow.expose.host.hostname': flag(false, "Show an account's instances the name of their host", {
      scope: ['Account'],
    }),
  }),
  ...section('Storage', 'Volume', {
    'volume.stats.interval': whole(60000, 'How often volumes are measured', { unit: 'milliseconds' }),
    'allow.user.expunge.recover.volume': flag(true, 'Let users expunge and recover their volumes', {
      scope: ['Account'],
    }),
    'destroy.root.volume.on.vm.destruction': flag(false, 'Destroy the root volume at once with its instance', {
      scope: ['Domain'],
    }),
    'storage.max.volume.size': whole(2000, 'Greatest size of a volume', { unit: 'GiB', category: 'Storage' }),
    'custom.diskoffering.size.min': whole(1, 'Least size with a custom disk offering', { unit: 'GiB' }),
    'custom.diskoffering.size.max': whole(1024, 'Greatest size with a custom disk offering', { unit: 'GiB' }),
    'volume.resize.allowed.beyond.allocation': flag(
      false,
      'Let volumes grow although the pool is given out beyond its threshold',
      { scope: ['StoragePool', 'Zone'] },
    ),
  }),
  ...section('Storage', 'Primary storage', {
    'storage.stats.interval': whole(60000, 'How often storage pools are measured', {
      unit: 'milliseconds',
      category: 'Storage',
    }),
  }),
  ...section('Management Server', 'Statistics', {
    'management.server.stats.interval': whole(60, 'How often management servers are measured', { unit: 'seconds' }),
    'allow.list.metrics.computation': flag(true, 'Compute metrics at listing'),
  }),
  ...section('Management Server', 'Cluster', {
    'cluster.heartbeat.interval': whole(1500, 'How often a management server says that it is alive', {
      unit: 'milliseconds',
    }),
    'cluster.heartbeat.threshold': whole(
      150000,
      'How long a management server may be silent before it is taken to be gone',
      { unit: 'milliseconds' },
    ),
    'agent.load.threshold': number(0.7, 'Which share of the hosts must be linked before hosts are asked to move', {
      unit: 'share',
    }),
    'indirect.agent.lb.algorithm': text(
      'static',
      'In which order a host tries the management servers: always the same of its own, dealt by its number, or a new one with each link',
      { oneOf: ['static', 'roundrobin', 'shuffle'] },
    ),
    'indirect.agent.lb.check.interval': whole(
      0,
      'How long a host stays at a server that is not the first in its order before it is asked to move; 0 leaves it to the servers',
      { unit: 'seconds', scope: ['Cluster'] },
    ),
    'management.server.maintenance.timeout': whole(
      60,
      'How long a management server may take to prepare for maintenance before it gives up, or hands its jobs on where that is forced',
      { unit: 'minutes' },
    ),
  }),
  ...section('Hypervisor', 'KVM', {
    'kvm.ssh.to.agent': flag(true, 'Install and restart the agent over SSH'),
    'kvm.host.discovery.ssh.port': whole(22, 'SSH port of hosts when they are added', {
      unit: 'port',
      scope: ['Cluster'],
    }),
    'allow.additional.vm.configuration.list.kvm': words(
      '',
      'Elements that extra configuration of an instance may have',
      { scope: ['Account'] },
    ),
  }),
  ...section('Management Server', 'Certificates', {
    'ca.framework.cert.validity.period': whole(365, 'How long an issued certificate is valid', { unit: 'days' }),
    'ca.framework.cert.keysize': whole(2048, 'Size of generated keys', { unit: 'bits' }),
    'ca.framework.cert.automatic.renewal': flag(true, 'Renew certificates of hosts before they run out', {
      scope: ['Cluster'],
    }),
    'ca.framework.cert.expiry.alert.period': whole(
      15,
      'How long before its end a certificate is renewed or an alert raised',
      { unit: 'days', scope: ['Cluster'] },
    ),
    'ca.framework.background.task.delay': whole(3600, 'How often certificates are checked', { unit: 'seconds' }),
    'ca.plugin.root.issuer.dn': text('CN=ca.cloudstack.apache.org', 'Name of the certificate authority'),
    'ca.plugin.root.auth.strictness': flag(false, 'Refuse hosts without a certificate'),
  }),
  ...section('Compute', 'Capacity', {
    'cpu.overprovisioning.factor': number(1, 'How much more CPU is given out than there is', {
      unit: 'times',
      scope: ['Cluster'],
    }),
    'mem.overprovisioning.factor': number(1, 'How much more memory is given out than there is', {
      unit: 'times',
      scope: ['Cluster'],
    }),
    'vm.min.cpu.speed.equals.cpu.speed.divided.by.cpu.overprovisioning.factor': flag(
      true,
      'Guarantee an instance its speed divided by the factor only',
      { scope: ['Cluster'] },
    ),
    'vm.min.memory.equals.memory.divided.by.mem.overprovisioning.factor': flag(
      true,
      'Guarantee an instance its memory divided by the factor only',
      { scope: ['Cluster'] },
    ),
    'cluster.cpu.allocated.capacity.disablethreshold': number(
      0.85,
      'Given out share of CPU from which nothing new is placed in a cluster',
      { unit: 'share', category: 'Alert', scope: ['Cluster'] },
    ),
    'cluster.memory.allocated.capacity.disablethreshold': number(
      0.85,
      'Given out share of memory from which nothing new is placed in a cluster',
      { unit: 'share', category: 'Alert', scope: ['Cluster'] },
    ),
    'cluster.threshold.enabled': flag(true, 'Heed the thresholds of clusters when an instance starts'),
    'cluster.cpu.allocated.capacity.notificationthreshold': number(
      0.75,
      'Given out share of CPU from which an alert is raised',
      { unit: 'share', category: 'Alert', scope: ['Cluster'] },
    ),
    'cluster.memory.allocated.capacity.notificationthreshold': number(
      0.75,
      'Given out share of memory from which an alert is raised',
      { unit: 'share', category: 'Alert', scope: ['Cluster'] },
    ),
    'capacity.skipcounting.hours': whole(3600, 'How long a stopped instance keeps its capacity on its last host', {
      unit: 'seconds',
    }),
  }),
  ...section('Storage', 'Capacity', {
    'storage.overprovisioning.factor': number(2, 'How much more thin storage is given out than there is', {
      unit: 'times',
      category: 'Storage',
      scope: ['StoragePool'],
    }),
    'pool.storage.capacity.disablethreshold': number(0.85, 'Used share from which nothing new is placed on a pool', {
      unit: 'share',
      category: 'Alert',
      scope: ['StoragePool', 'Zone'],
    }),
    'pool.storage.allocated.capacity.disablethreshold': number(
      0.85,
      'Given out share from which nothing new is placed on a pool',
      { unit: 'share', category: 'Alert', scope: ['StoragePool', 'Zone'] },
    ),
    'pool.storage.allocated.resize.capacity.disablethreshold': number(
      0.9,
      'Given out share from which no volume of a pool may grow',
      { unit: 'share', category: 'Alert', scope: ['StoragePool', 'Zone'] },
    ),
    'cluster.storage.capacity.notificationthreshold': number(
      0.75,
      'Used share of storage from which an alert is raised',
      { unit: 'share', category: 'Alert', scope: ['Cluster'] },
    ),
    'cluster.storage.allocated.capacity.notificationthreshold': number(
      0.75,
      'Given out share of storage from which an alert is raised',
      { unit: 'share', category: 'Alert', scope: ['Cluster'] },
    ),
    'zone.secstorage.capacity.notificationthreshold': number(
      0.75,
      'Used share of secondary storage from which an alert is raised',
      { unit: 'share', category: 'Alert' },
    ),
    'secondary.storage.capacity.threshold': number(0.9, 'Used share from which nothing new is put on an image store', {
      unit: 'share',
    }),
  }),
  ...section('Network', 'Capacity', {
    'zone.virtualnetwork.publicip.capacity.notificationthreshold': number(
      0.75,
      'Used share of public addresses from which an alert is raised',
      { unit: 'share', category: 'Alert' },
    ),
    'zone.vlan.capacity.notificationthreshold': number(0.75, 'Used share of VLANs from which an alert is raised', {
      unit: 'share',
      category: 'Alert',
    }),
  }),
  ...section('Compute', 'Placement', {
    'vm.allocation.algorithm': text('random', 'How a host is chosen among those that fit', {
      oneOf: ['random', 'firstfit', 'userdispersing', 'firstfitleastconsumed'],
    }),
    'vm.deployment.planner': text('FirstFitPlanner', 'Deployment planner where an offering names none'),
    'host.capacityType.to.order.clusters': text('CPU', 'What clusters are ordered by', {
      oneOf: ['CPU', 'RAM', 'COMBINED'],
    }),
    'host.capacityType.to.order.clusters.cputomemoryweight': number(
      0.5,
      'Weight of CPU against memory where clusters are ordered by both',
      { unit: 'share' },
    ),
    'allow.admin.vm.on.disabled.resources': flag(false, 'Let root administrators deploy where allocation is disabled'),
  }),
  ...section('Storage', 'Placement', {
    'volume.allocation.algorithm': text('random', 'How a storage pool is chosen among those that fit', {
      oneOf: ['random', 'firstfit', 'userdispersing', 'firstfitleastconsumed'],
    }),
  }),
  ...section('Access', 'Limits', {
    'resource.count.running.vms.only': flag(false, 'Count CPU and memory of running instances only'),
    'resource.limit.host.tags': words('', 'Host tags that have limits of their own'),
    'resource.limit.storage.tags': words('', 'Storage tags that have limits of their own'),
    'resourcecount.check.interval': whole(300, 'How often resources are counted anew; 0 for never', {
      unit: 'seconds',
    }),
  }),
  ...section('Compute', 'Offering', {
    'vm.serviceoffering.cpu.cores.max': whole(0, 'Most CPU cores of a service offering; 0 for no limit', {
      unit: 'cores',
    }),
    'vm.serviceoffering.ram.size.max': whole(0, 'Most memory of a service offering; 0 for no limit', { unit: 'MiB' }),
    'allow.domain.admins.to.create.tagged.offerings': flag(false, 'Let domain administrators put tags on offerings', {
      scope: ['Account'],
    }),
    'sortkey.algorithm': flag(true, 'Order offerings, templates and zones by growing sort keys'),
  }),
  ...section('Storage', 'Cleanup', {
    'storage.cleanup.enabled': flag(true, 'Remove destroyed volumes and leftovers'),
    'storage.cleanup.interval': whole(86400, 'How often destroyed volumes and leftovers are looked for', {
      unit: 'seconds',
    }),
    'storage.cleanup.delay': whole(86400, 'How long a destroyed volume can be recovered', { unit: 'seconds' }),
    'storage.template.cleanup.enabled': flag(true, 'Remove templates from primary storage that nothing uses', {
      category: 'Storage',
    }),
  }),
  ...section('Storage', 'Image', {
    'max.template.iso.size': whole(50, 'Greatest size of a template or ISO', { unit: 'GiB' }),
    'secstorage.allowed.internal.sites': words(null, 'Private networks from which images may be fetched'),
    'secstorage.allowed.paths': words(
      '',
      'Folders on the hosts that root administrators may register images from with file:// addresses',
    ),
    'secstorage.session.max': whole(50, 'Most images fetched or copied at a time', { unit: 'sessions' }),
    'allow.public.user.templates': flag(true, 'Let users make their templates public', { scope: ['Account'] }),
    'volume.url.check': flag(true, 'Check that a URL answers before an image is registered'),
    'template.delete.from.primary.storage': flag(true, 'Remove a deleted template from primary storage'),
  }),
  ...section('Network', 'Guest network', {
    'guest.domain.suffix': text('cloud.internal', 'Domain of guest networks that have none of their own', {
      category: 'Network',
      scope: ['Zone'],
    }),
    'guest.vlan.bits': whole(12, 'How many bits a VLAN number has', {
      unit: 'bits',
      category: 'Network',
      restart: true,
    }),
    'network.gc.interval': whole(600, 'How often networks without instances are looked for', { unit: 'seconds' }),
    'network.gc.wait': whole(600, 'How long a network without instances stays implemented', { unit: 'seconds' }),
    'network.guest.cidr.limit': whole(22, 'Shortest prefix of an isolated network', {
      unit: 'bits',
      category: 'Network',
    }),
    'network.throttling.rate': whole(200, 'Rate of networks whose offering has none; 0 or less for no limit', {
      unit: 'Mbit/s',
      category: 'Network',
      scope: ['Zone'],
    }),
    'vm.network.throttling.rate': whole(200, "Rate of an instance's default network card; 0 or less for no limit", {
      unit: 'Mbit/s',
      category: 'Network',
      scope: ['Zone'],
    }),
    'vm.network.nic.max.secondary.ipaddresses': whole(10, 'Most secondary addresses of a network card', {
      unit: 'addresses',
      category: 'Network',
    }),
    'network.lock.timeout': whole(600, 'How long to wait for another operation on the network', {
      unit: 'seconds',
      category: 'Network',
    }),
    'allow.duplicate.networkname': flag(true, 'Let an account have several networks of one name', {
      scope: ['Account'],
    }),
    'allow.empty.start.end.ipaddress': flag(true, 'Let a shared network be created without a range', {
      scope: ['Account'],
    }),
    'allow.subdomain.network.access': flag(true, "Let subdomains use a domain's networks"),
    'allow.non.rfc1918.compliant.ips': flag(false, 'Let guest networks have public addresses'),
    'use.system.guest.vlans': flag(true, 'Let an account use VLANs of all when its own are used up', {
      scope: ['Account'],
    }),
  }),
  ...section('Network', 'Virtual router', {
    'network.rolling.restart': flag(true, 'Start the new router before the old one stops'),
    'allow.end.users.to.specify.vr.mtu': flag(false, "Let users set the MTU of a router's interfaces", {
      scope: ['Zone'],
    }),
    'use.external.dns': flag(false, "Give instances the zone's name servers in place of the router", {
      scope: ['Zone'],
    }),
    'router.check.interval': whole(30, 'How often routers are asked how they are', { unit: 'seconds' }),
    'router.stats.interval': whole(300, 'How often routers are measured', { unit: 'seconds' }),
    'router.alerts.check.interval': whole(1800, 'How often alerts are fetched from routers', { unit: 'seconds' }),
    'router.redundant.vrrp.interval': whole(1, 'How often a router says that it is the active one', {
      unit: 'seconds',
    }),
    'router.health.checks.enabled': flag(true, 'Check the health of routers'),
    'router.health.checks.basic.interval': whole(3, 'How often the basic health checks run', { unit: 'minutes' }),
    'router.health.checks.advanced.interval': whole(10, 'How often the advanced health checks run', {
      unit: 'minutes',
    }),
  }),
  ...section('Network', 'Firewall', {
    'network.rule.delete.ignoreerror': flag(true, 'Delete a rule although the router could not be told'),
  }),
  ...section('Network', 'Public address', {
    'use.system.public.ips': flag(true, 'Let an account use addresses of all when its own are used up', {
      scope: ['Account'],
    }),
    'public.ip.address.quarantine.duration': whole(0, 'How long a released address is kept from others', {
      unit: 'minutes',
      category: 'Network',
      scope: ['Domain'],
    }),
  }),
  ...section('Infrastructure', 'Zone', {
    'allow.user.view.all.zones': flag(true, 'Show users zones in which they cannot deploy', { scope: ['Domain'] }),
  }),
  ...section('System VMs', 'Console', {
    'novnc.console.default': flag(true, 'Use noVNC for consoles', { scope: ['Zone'] }),
    'novnc.console.show.dot': flag(true, 'Show a dot where the console has no cursor', { scope: ['Zone'] }),
    'novnc.console.sourceip.check.enabled': flag(
      false,
      'Let a console be opened only from the address that asked for it',
    ),
    'console.session.cleanup.retention.hours': whole(240, 'How long ended console sessions are listed', {
      unit: 'hours',
    }),
    'console.session.cleanup.interval': whole(180, 'How often ended console sessions are removed', { unit: 'minutes' }),
    'consoleproxy.session.timeout': whole(300000, 'How long an idle console stays open', {
      unit: 'milliseconds',
      category: 'Console Proxy',
      scope: ['Zone'],
    }),
    'consoleproxy.session.max': whole(50, 'Most consoles of one proxy', {
      unit: 'sessions',
      category: 'Console Proxy',
      scope: ['Zone'],
    }),
  }),
  ...section('Miscellaneous', 'General', {
    'cloud.identifier': text(null, 'Identifier of this installation', { category: 'Hidden' }),
  }),
  ...section('Compute', 'Metadata', {
    'metadata.allow.expose.domain': flag(false, 'Show instances the name of their domain', { scope: ['Domain'] }),
    'metadata.custom.cloud.name': text('', 'Name that instances see of this cloud', { scope: ['Zone'] }),
  }),
  ...section('Management Server', 'Console', {
    'default.ui.page.size': whole(20, 'Items on a page of the console'),
  }),
  ...section('Access', 'Domain', {
    'enable.domain.settings.for.child.domain': flag(false, "Let a domain's settings hold for the domains below it"),
  }),
};
