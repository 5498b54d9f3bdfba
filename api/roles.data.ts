// The eight roles a new installation has, with their rules in the order they apply: the first that matches decides, `!` denies.
// Data only. A rule names a command, or ends in `*`; case does not count. Names of commands that do not exist here yet stay, so
// that a role means the same on the day they do.
import type { RoleType } from './define.ts';

export interface DefaultRole {
  /** Internal number, the same as CloudStack's: defaults and old records name it. */
  readonly id: number;
  readonly name: string;
  readonly type: RoleType;
  readonly description: string;
  readonly rules: readonly string[];
}

const words = (text: string): readonly string[] => Object.freeze(text.trim().split(/\s+/));

export const defaultRoles: readonly DefaultRole[] = Object.freeze([
  {
    id: 1,
    name: 'Root Admin',
    type: 'Admin',
    description: 'May do everything',
    rules: words(`
      *
    `),
  },
  {
    id: 2,
    name: 'Resource Admin',
    type: 'ResourceAdmin',
    description: 'Manages the resources of its domain',
    rules: words(`
      activateProject assignVolume addAccountToProject addHost addIpToNic addLdapConfiguration addNicToVirtualMachine addVpnUser
      archiveEvents assignCertToLoadBalancer assignToGlobalLoadBalancerRule assignToLoadBalancerRule assignVirtualMachine
      associateIpAddress attachIso attachVolume authorizeSamlSso authorizeSecurityGroupEgress authorizeSecurityGroupIngress
      changeServiceForRouter changeServiceForVirtualMachine configureInternalLoadBalancerElement configureOvsElement
      configureVirtualRouterElement copyIso copyTemplate createAccount createAffinityGroup createAutoScalePolicy
      createAutoScaleVmGroup createAutoScaleVmProfile createCondition createDiskOffering createEgressFirewallRule
      createFirewallRule createGlobalLoadBalancerRule createInstanceGroup createInternalLoadBalancerElement
      createIpForwardingRule createLBHealthCheckPolicy createLBStickinessPolicy createLoadBalancer createLoadBalancerRule
      createNetwork createNetworkACL createNetworkACLList createOvsElement createPortForwardingRule createProject
      createRemoteAccessVpn createSSHKeyPair createSecurityGroup createServiceOffering createSnapshot createSnapshotPolicy
      createStaticRoute createTags createTemplate createUser createVMSnapshot createVPC createVirtualRouterElement createVolume
      createVpnConnection createVpnCustomerGateway createVpnGateway deleteAccount deleteAccountFromProject deleteAffinityGroup
      deleteAutoScalePolicy deleteAutoScaleVmGroup deleteAutoScaleVmProfile deleteCondition deleteDiskOffering
      deleteEgressFirewallRule deleteEvents deleteFirewallRule deleteGlobalLoadBalancerRule deleteHost deleteInstanceGroup
      deleteIpForwardingRule deleteIso deleteLBHealthCheckPolicy deleteLBStickinessPolicy deleteLdapConfiguration
      deleteLoadBalancer deleteLoadBalancerRule deleteNetwork deleteNetworkACL deleteNetworkACLList deletePortForwardingRule
      deleteProject deleteProjectInvitation deleteRemoteAccessVpn deleteSSHKeyPair deleteSecurityGroup deleteServiceOffering
      moveNetworkAclItem deleteSnapshot deleteSnapshotPolicies deleteSslCert deleteStaticRoute deleteTags deleteTemplate
      deleteUser deleteVMSnapshot deleteVPC deleteVolume deleteVpnConnection deleteVpnCustomerGateway deleteVpnGateway
      deployVirtualMachine destroyRouter destroyVirtualMachine detachIso detachVolume disableAccount disableAutoScaleVmGroup
      disableStaticNat disableUser disassociateIpAddress enableAccount enableAutoScaleVmGroup enableStaticNat enableUser
      expungeVirtualMachine extractIso extractTemplate extractVolume getApiLimit getCloudIdentifier getSolidFireAccountId
      getSolidFireVolumeAccessGroupId getSolidFireVolumeIscsiName getSolidFireVolumeSize getUploadParamsForTemplate
      getUploadParamsForVolume getVMPassword getVirtualMachineUserData importLdapUsers ldapCreateAccount linkDomainToLdap
      listAccounts listAffinityGroupTypes listAffinityGroups listAlerts listApis listAsyncJobs listAutoScalePolicies
      listAutoScaleVmGroups listAutoScaleVmProfiles listCapabilities listCapacity listClusters listConditions listCounters
      listDiskOfferings listDomainChildren listDomains listEgressFirewallRules listEventTypes listEvents listFirewallRules
      listGlobalLoadBalancerRules listHostTags listHosts listHypervisors listInstanceGroups listInternalLoadBalancerElements
      listIpForwardingRules listIsoPermissions listIsos listLBHealthCheckPolicies listLBStickinessPolicies
      listLdapConfigurations listLdapUsers listLoadBalancerRuleInstances listLoadBalancerRules listLoadBalancers
      listNetworkACLLists listNetworkACLs listNetworkOfferings listNetworks listNics listOsCategories listOsTypes
      listOvsElements listPods listPortForwardingRules listPrivateGateways listProjectAccounts listProjectInvitations
      listProjects listPublicIpAddresses listRegions listRemoteAccessVpns listResourceDetails listResourceLimits listRouters
      listSSHKeyPairs listSamlAuthorization listSecurityGroups listServiceOfferings listSnapshotPolicies listSnapshots
      listSslCerts listStaticRoutes listStoragePools listStorageProviders listStorageTags listSystemVms listTags
      listTemplatePermissions listTemplates listUsageRecords listUsers listVMSnapshot listVPCOfferings listVPCs
      listVirtualMachines listVirtualRouterElements listVolumes listVpnConnections listVpnCustomerGateways listVpnGateways
      listVpnUsers listZones lockAccount lockUser queryAsyncJobResult quotaBalance quotaIsEnabled quotaStatement
      quotaCreditsList quotaResourceStatement quotaSummary quotaTariffList rebootRouter rebootVirtualMachine
      recoverVirtualMachine registerIso registerSSHKeyPair registerTemplate registerUserKeys removeCertFromLoadBalancer
      removeFromGlobalLoadBalancerRule removeFromLoadBalancerRule removeIpFromNic removeNicFromVirtualMachine removeVpnUser
      replaceNetworkACLList resetPasswordForVirtualMachine resetSSHKeyForVirtualMachine resetVpnConnection resizeVolume
      restartNetwork restartVPC restoreVirtualMachine revertSnapshot revertToVMSnapshot revokeSecurityGroupEgress
      revokeSecurityGroupIngress scaleVirtualMachine startRouter startVirtualMachine stopRouter stopVirtualMachine
      suspendProject updateAccount updateAutoScalePolicy updateAutoScaleVmGroup updateAutoScaleVmProfile
      updateDefaultNicForVirtualMachine updateDiskOffering updateEgressFirewallRule updateFirewallRule
      updateGlobalLoadBalancerRule updateInstanceGroup updateIpAddress updateIso updateIsoPermissions updateLBHealthCheckPolicy
      updateLBStickinessPolicy updateLoadBalancer updateLoadBalancerRule updateNetwork updateNetworkACLItem updateNetworkACLList
      updatePortForwardingRule updateProject updateProjectInvitation updateRemoteAccessVpn updateResourceCount
      updateResourceLimit updateServiceOffering updateSnapshotPolicy updateTemplate updateTemplatePermissions updateUser
      updateVMAffinityGroup updateVPC updateVirtualMachine updateVmNicIp updateVpnConnection updateVpnCustomerGateway
      updateVpnGateway uploadSslCert uploadVolume deleteUserKeys listUserKeyRules createSnapshotFromVMSnapshot
    `),
  },
  {
    id: 3,
    name: 'Domain Admin',
    type: 'DomainAdmin',
    description: 'Manages its domain and all below it',
    rules: words(`
      activateProject isAccountAllowedToCreateOfferingsWithTags assignVolume addAccountToProject addIpToNic
      addNicToVirtualMachine addVpnUser archiveEvents assignCertToLoadBalancer assignToGlobalLoadBalancerRule
      assignToLoadBalancerRule assignVirtualMachine associateIpAddress attachIso attachVolume authorizeSamlSso
      authorizeSecurityGroupEgress authorizeSecurityGroupIngress changeServiceForRouter changeServiceForVirtualMachine
      configureInternalLoadBalancerElement configureOvsElement configureVirtualRouterElement copyIso copyTemplate createAccount
      createAffinityGroup createAutoScalePolicy createAutoScaleVmGroup createAutoScaleVmProfile createCondition
      createDiskOffering createEgressFirewallRule createFirewallRule createGlobalLoadBalancerRule createInstanceGroup
      createInternalLoadBalancerElement createIpForwardingRule createLBHealthCheckPolicy createLBStickinessPolicy
      createLoadBalancer createLoadBalancerRule createNetwork createNetworkACL createNetworkACLList createOvsElement
      createPortForwardingRule createProject createRemoteAccessVpn createSSHKeyPair createSecurityGroup createServiceOffering
      createSnapshot createSnapshotPolicy createStaticRoute createTags createTemplate createUser createVMSnapshot createVPC
      createVirtualRouterElement createVolume createVpnConnection createVpnCustomerGateway createVpnGateway deleteAccount
      deleteAccountFromProject deleteAffinityGroup deleteAutoScalePolicy deleteAutoScaleVmGroup deleteAutoScaleVmProfile
      deleteCondition deleteDiskOffering deleteEgressFirewallRule deleteEvents deleteFirewallRule deleteGlobalLoadBalancerRule
      deleteInstanceGroup deleteIpForwardingRule deleteIso deleteLBHealthCheckPolicy deleteLBStickinessPolicy deleteLoadBalancer
      deleteLoadBalancerRule deleteNetwork deleteNetworkACL deleteNetworkACLList deletePortForwardingRule deleteProject
      deleteProjectInvitation deleteRemoteAccessVpn deleteSSHKeyPair deleteSecurityGroup deleteServiceOffering deleteSnapshot
      deleteSnapshotPolicies deleteSslCert deleteStaticRoute deleteTags deleteTemplate deleteUser deleteVMSnapshot deleteVPC
      deleteVolume deleteVpnConnection deleteVpnCustomerGateway deleteVpnGateway deployVirtualMachine destroyRouter
      destroyVirtualMachine detachIso detachVolume disableAccount disableAutoScaleVmGroup disableStaticNat disableUser
      disassociateIpAddress enableAccount enableAutoScaleVmGroup enableStaticNat enableUser expungeVirtualMachine extractIso
      extractTemplate extractVolume getApiLimit getCloudIdentifier getSolidFireAccountId getSolidFireVolumeAccessGroupId
      getSolidFireVolumeIscsiName getSolidFireVolumeSize getUploadParamsForTemplate getUploadParamsForVolume getVMPassword
      getVirtualMachineUserData listAccounts listAffinityGroupTypes listAffinityGroups listApis listAsyncJobs
      listAutoScalePolicies listAutoScaleVmGroups listAutoScaleVmProfiles listCapabilities listConditions listCounters
      listDiskOfferings listDomainChildren listDomains listEgressFirewallRules listEventTypes listEvents listFirewallRules
      listGlobalLoadBalancerRules listHostTags listHypervisors listInstanceGroups listInternalLoadBalancerElements
      listIpForwardingRules listIsoPermissions listIsos listLBHealthCheckPolicies listLBStickinessPolicies
      listLdapConfigurations listLoadBalancerRuleInstances listLoadBalancerRules listLoadBalancers listNetworkACLLists
      listNetworkACLs listNetworkOfferings listNetworks listNics listOsCategories listOsTypes listOvsElements
      listPortForwardingRules listPrivateGateways listProjectAccounts listProjectInvitations listProjects listPublicIpAddresses
      listRegions listRemoteAccessVpns listResourceDetails listResourceLimits listRouters listSSHKeyPairs listSamlAuthorization
      listSecurityGroups listServiceOfferings listSnapshotPolicies listSnapshots listSslCerts listStaticRoutes listStorageTags
      listTags listTemplatePermissions listTemplates listUsageRecords listUsers listVMSnapshot listVPCOfferings listVPCs
      listVirtualMachines listVirtualRouterElements listVolumes listVpnConnections listVpnCustomerGateways listVpnGateways
      listVpnUsers listZones lockAccount lockUser queryAsyncJobResult quotaBalance quotaIsEnabled quotaStatement
      quotaCreditsList quotaResourceStatement quotaSummary quotaTariffList rebootRouter rebootVirtualMachine
      recoverVirtualMachine registerIso registerSSHKeyPair registerTemplate registerUserKeys removeCertFromLoadBalancer
      removeFromGlobalLoadBalancerRule removeFromLoadBalancerRule removeIpFromNic removeNicFromVirtualMachine removeVpnUser
      replaceNetworkACLList resetPasswordForVirtualMachine resetSSHKeyForVirtualMachine resetVpnConnection resizeVolume
      restartNetwork restartVPC restoreVirtualMachine revertSnapshot revertToVMSnapshot revokeSecurityGroupEgress
      revokeSecurityGroupIngress scaleVirtualMachine startRouter startVirtualMachine stopRouter stopVirtualMachine
      suspendProject updateAccount updateAutoScalePolicy updateAutoScaleVmGroup updateAutoScaleVmProfile
      updateDefaultNicForVirtualMachine updateDiskOffering updateEgressFirewallRule updateFirewallRule
      updateGlobalLoadBalancerRule updateInstanceGroup updateIpAddress updateIso updateIsoPermissions updateLBHealthCheckPolicy
      updateLBStickinessPolicy updateLoadBalancer updateLoadBalancerRule updateNetwork updateNetworkACLItem updateNetworkACLList
      updatePortForwardingRule updateProject updateProjectInvitation updateRemoteAccessVpn updateResourceCount
      updateResourceLimit updateServiceOffering updateSnapshotPolicy updateTemplate updateTemplatePermissions updateUser
      updateVMAffinityGroup updateVPC updateVirtualMachine updateVmNicIp updateVpnConnection updateVpnCustomerGateway
      updateVpnGateway uploadSslCert uploadVolume createSnapshotFromVMSnapshot moveNetworkAclItem listConfigurations
      deleteUserKeys listUserKeyRules updateConfiguration
    `),
  },
  {
    id: 4,
    name: 'User',
    type: 'User',
    description: 'Manages what its own account has',
    rules: words(`
      activateProject addAccountToProject addIpToNic addNicToVirtualMachine addVpnUser archiveEvents assignCertToLoadBalancer
      assignToGlobalLoadBalancerRule assignToLoadBalancerRule associateIpAddress attachIso attachVolume
      authorizeSecurityGroupEgress authorizeSecurityGroupIngress changeServiceForVirtualMachine copyIso copyTemplate
      createAffinityGroup createAutoScalePolicy createAutoScaleVmGroup createAutoScaleVmProfile createCondition
      createEgressFirewallRule createFirewallRule createGlobalLoadBalancerRule createInstanceGroup createIpForwardingRule
      createLBHealthCheckPolicy createLBStickinessPolicy createLoadBalancer createLoadBalancerRule createNetwork
      createNetworkACL createNetworkACLList createPortForwardingRule createProject createRemoteAccessVpn createSSHKeyPair
      createSecurityGroup createSnapshot createSnapshotPolicy createStaticRoute createTags createTemplate createVMSnapshot
      createVPC createVolume createVpnConnection createVpnCustomerGateway createVpnGateway deleteAccountFromProject
      deleteAffinityGroup deleteAutoScalePolicy deleteAutoScaleVmGroup deleteAutoScaleVmProfile deleteCondition
      deleteEgressFirewallRule deleteEvents deleteFirewallRule deleteGlobalLoadBalancerRule deleteInstanceGroup
      deleteIpForwardingRule deleteIso deleteLBHealthCheckPolicy deleteLBStickinessPolicy deleteLoadBalancer
      deleteLoadBalancerRule deleteNetwork deleteNetworkACL deleteNetworkACLList deletePortForwardingRule deleteProject
      deleteProjectInvitation deleteRemoteAccessVpn deleteSSHKeyPair deleteSecurityGroup deleteSnapshot deleteSnapshotPolicies
      deleteSslCert deleteStaticRoute deleteTags deleteTemplate deleteVMSnapshot deleteVPC deleteVolume deleteVpnConnection
      deleteVpnCustomerGateway deleteVpnGateway deployVirtualMachine destroyVirtualMachine detachIso detachVolume
      disableAutoScaleVmGroup disableStaticNat disassociateIpAddress enableAutoScaleVmGroup enableStaticNat
      expungeVirtualMachine extractIso extractTemplate extractVolume getApiLimit getCloudIdentifier getSolidFireAccountId
      getSolidFireVolumeAccessGroupId getSolidFireVolumeIscsiName getSolidFireVolumeSize getUploadParamsForTemplate
      getUploadParamsForVolume getVMPassword getVirtualMachineUserData listAccounts listAffinityGroupTypes listAffinityGroups
      listApis listAsyncJobs listAutoScalePolicies listAutoScaleVmGroups listAutoScaleVmProfiles listCapabilities listConditions
      listCounters listDiskOfferings listEgressFirewallRules listEventTypes listEvents listFirewallRules
      listGlobalLoadBalancerRules listHypervisors listInstanceGroups listIpForwardingRules listIsoPermissions listIsos
      listLBHealthCheckPolicies listLBStickinessPolicies listLdapConfigurations listLoadBalancerRuleInstances
      listLoadBalancerRules listLoadBalancers listNetworkACLLists listNetworkACLs listNetworkOfferings listNetworks listNics
      listOsCategories listOsTypes listPortForwardingRules listPrivateGateways listProjectAccounts listProjectInvitations
      listProjects listPublicIpAddresses listRegions listRemoteAccessVpns listResourceDetails listResourceLimits listSSHKeyPairs
      listSecurityGroups listServiceOfferings listSnapshotPolicies listSnapshots listSslCerts listStaticRoutes listTags
      listTemplatePermissions listTemplates listUsers listVMSnapshot listVPCOfferings listVPCs listVirtualMachines listVolumes
      listVpnConnections listVpnCustomerGateways listVpnGateways listVpnUsers listZones queryAsyncJobResult quotaBalance
      quotaIsEnabled quotaStatement quotaCreditsList quotaResourceStatement quotaSummary quotaTariffList rebootVirtualMachine
      recoverVirtualMachine registerIso registerSSHKeyPair registerTemplate registerUserKeys removeCertFromLoadBalancer
      removeFromGlobalLoadBalancerRule removeFromLoadBalancerRule removeIpFromNic removeNicFromVirtualMachine removeVpnUser
      replaceNetworkACLList resetPasswordForVirtualMachine resetSSHKeyForVirtualMachine resetVpnConnection resizeVolume
      restartNetwork restartVPC restoreVirtualMachine revertSnapshot revertToVMSnapshot revokeSecurityGroupEgress
      revokeSecurityGroupIngress scaleVirtualMachine startVirtualMachine stopVirtualMachine suspendProject updateAutoScalePolicy
      updateAutoScaleVmGroup updateAutoScaleVmProfile updateDefaultNicForVirtualMachine updateEgressFirewallRule
      updateFirewallRule updateGlobalLoadBalancerRule updateInstanceGroup updateIpAddress updateIso updateIsoPermissions
      updateLBHealthCheckPolicy updateLBStickinessPolicy updateLoadBalancer updateLoadBalancerRule updateNetwork
      updateNetworkACLItem updateNetworkACLList updatePortForwardingRule updateProject updateProjectInvitation
      updateRemoteAccessVpn updateSnapshotPolicy updateTemplate updateTemplatePermissions updateUser updateVMAffinityGroup
      updateVPC updateVirtualMachine updateVmNicIp updateVpnConnection updateVpnCustomerGateway updateVpnGateway uploadSslCert
      uploadVolume deleteUserKeys listUserKeyRules createSnapshotFromVMSnapshot moveNetworkAclItem
    `),
  },
  {
    id: 5,
    name: 'Read-Only Admin - Default',
    type: 'Admin',
    description: 'May look at everything and change nothing',
    rules: words(`
      list* !getUploadParamsFor* get* cloudianIsEnabled queryAsyncJobResult quotaIsEnabled quotaTariffList quotaSummary
      quotaBalance quotaStatement quotaCreditsList quotaResourceStatement setupUserTwoFactorAuthentication
      validateUserTwoFactorAuthenticationCode !*
    `),
  },
  {
    id: 6,
    name: 'Read-Only User - Default',
    type: 'User',
    description: 'May look at what its own account has and change nothing',
    rules: words(`
      listAccounts listAffinityGroupTypes listAffinityGroups listApis listAsyncJobs listAutoScalePolicies listAutoScaleVmGroups
      listAutoScaleVmProfiles listCapabilities listConditions listCounters listDiskOfferings listEgressFirewallRules
      listEventTypes listEvents listFirewallRules listGlobalLoadBalancerRules listHypervisors listInstanceGroups
      listIpForwardingRules listIsoPermissions listIsos listLBHealthCheckPolicies listLBStickinessPolicies
      listLdapConfigurations listLoadBalancerRuleInstances listLoadBalancerRules listLoadBalancers listNetworkACLLists
      listNetworkACLs listNetworkOfferings listNetworks listNics listOsCategories listOsTypes listPortForwardingRules
      listPrivateGateways listProjectAccounts listProjectInvitations listProjects listPublicIpAddresses listRegions
      listRemoteAccessVpns listResourceDetails listResourceLimits listSSHKeyPairs listSecurityGroups listServiceOfferings
      listSnapshotPolicies listSnapshots listSslCerts listStaticRoutes listTags listTemplatePermissions listTemplates listUsers
      listVMSnapshot listVPCOfferings listVPCs listVirtualMachines listVolumes listVpnConnections listVpnCustomerGateways
      listVpnGateways listVpnUsers listZones getApiLimit getCloudIdentifier getSolidFireAccountId
      getSolidFireVolumeAccessGroupId getSolidFireVolumeIscsiName getSolidFireVolumeSize getVMPassword getVirtualMachineUserData
      cloudianIsEnabled queryAsyncJobResult quotaIsEnabled quotaTariffList quotaSummary quotaBalance quotaStatement
      quotaCreditsList quotaResourceStatement setupUserTwoFactorAuthentication validateUserTwoFactorAuthenticationCode
      listUserTwoFactorAuthenticatorProviders !*
    `),
  },
  {
    id: 7,
    name: 'Support Admin - Default',
    type: 'Admin',
    description: 'May look at everything and help with offerings, templates and instances',
    rules: words(`
      list* get* cloudianIsEnabled queryAsyncJobResult quotaIsEnabled quotaTariffList quotaSummary prepareHostForMaintenance
      cancelHostMaintenance enableStorageMaintenance cancelStorageMaintenance createServiceOffering createDiskOffering
      createNetworkOffering createVPCOffering startVirtualMachine stopVirtualMachine rebootVirtualMachine startKubernetesCluster
      stopKubernetesCluster createVolume attachVolume detachVolume uploadVolume attachIso detachIso registerTemplate registerIso
      setupUserTwoFactorAuthentication validateUserTwoFactorAuthenticationCode !*
    `),
  },
  {
    id: 8,
    name: 'Support User - Default',
    type: 'User',
    description: 'May look at what its own account has and help with its instances and volumes',
    rules: words(`
      listAccounts listAffinityGroupTypes listAffinityGroups listApis listAsyncJobs listAutoScalePolicies listAutoScaleVmGroups
      listAutoScaleVmProfiles listCapabilities listConditions listCounters listDiskOfferings listEgressFirewallRules
      listEventTypes listEvents listFirewallRules listGlobalLoadBalancerRules listHypervisors listInstanceGroups
      listIpForwardingRules listIsoPermissions listIsos listLBHealthCheckPolicies listLBStickinessPolicies
      listLdapConfigurations listLoadBalancerRuleInstances listLoadBalancerRules listLoadBalancers listNetworkACLLists
      listNetworkACLs listNetworkOfferings listNetworks listNics listOsCategories listOsTypes listPortForwardingRules
      listPrivateGateways listProjectAccounts listProjectInvitations listProjects listPublicIpAddresses listRegions
      listRemoteAccessVpns listResourceDetails listResourceLimits listSSHKeyPairs listSecurityGroups listServiceOfferings
      listSnapshotPolicies listSnapshots listSslCerts listStaticRoutes listTags listTemplatePermissions listTemplates listUsers
      listVMSnapshot listVPCOfferings listVPCs listVirtualMachines listVolumes listVpnConnections listVpnCustomerGateways
      listVpnGateways listVpnUsers listZones getApiLimit getCloudIdentifier getSolidFireAccountId
      getSolidFireVolumeAccessGroupId getSolidFireVolumeIscsiName getSolidFireVolumeSize getVMPassword getVirtualMachineUserData
      cloudianIsEnabled queryAsyncJobResult quotaIsEnabled quotaTariffList quotaSummary startVirtualMachine stopVirtualMachine
      rebootVirtualMachine startKubernetesCluster stopKubernetesCluster createVolume attachVolume detachVolume uploadVolume
      attachIso detachIso registerTemplate registerIso getUploadParamsFor* setupUserTwoFactorAuthentication
      validateUserTwoFactorAuthenticationCode listUserTwoFactorAuthenticatorProviders !*
    `),
  },
]);
