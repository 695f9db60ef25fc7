# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The resources.type of data events, as AWS lists them.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-events.html#cloudtrail-data-events
"""

from __future__ import annotations

#: Service, and types of it. AWS spells Quicksight::ActionConnector differently from the other types of QuickSight.
_TYPES = """
AgentAccessMCP Tools
AgentRegistry Registry
AIDevOps AgentSpace Association OperatorAppTeam PipelineMetadata Service
AIOps InvestigationGroup
AOSS Collection
AppConfig Configuration
ApplicationSignals InstrumentationConfig
AppSync GraphQLApi
AWSExternalAnthropic Workspace
B2BI Transformer
Backup BackupAccessPoint SearchJob
Bedrock AdvancedOptimizePromptJob AgentAlias AsyncInvoke AutomatedReasoningPolicy AutomatedReasoningPolicyVersion
Bedrock Blueprint DataAutomationInvocation DataAutomationProfile DataAutomationProject FlowAlias FlowExecution
Bedrock Guardrail InlineAgent KnowledgeBase Model PromptVersion Session Tool
BedrockAgentCore ABTest APIKeyCredentialProvider BatchEvaluate Browser BrowserCustom BrowserProfile CapacityProvider
BedrockAgentCore CodeInterpreter CodeInterpreterCustom Evaluator Gateway Memory OAuth2CredentialProvider Payments
BedrockAgentCore Policy PolicyEngine Recommendation Registry Runtime RuntimeEndpoint TokenVault WorkloadIdentity
BedrockAgentCore WorkloadIdentityDirectory
BedrockMantle Project
BedrockWebSearch Tool
Cassandra Stream Table
CertificateManager AcmeEndpoint
ClinicalTrialsTech Codelist Dataset Execution Instance Mapping Schedule Study
CloudFront KeyValueStore
CloudOptimization Profile Recommendation
CloudTrail Channel
CloudWatch Dataset IngestionEndpoint Metric
CodeGuruProfiler ProfilingGroup
CodeWhisperer Customization Profile
Cognito IdentityPool
DataExchange Asset
Deadline Fleet Job Queue Worker
DiodeAlerting LinkedAlert
DSQL Cluster
DynamoDB Stream Table
EC2 InstanceConnectEndpoint Snapshot
ECS ContainerInstance
EKS Dashboard
EMRWAL Workspace
Events Endpoint EventBus EventSource Rule
FinSpace Environment
FSx Volume
GameLiftStreams Application StreamGroup
GeoMaps Provider
GeoPlaces Provider
GeoRoutes Provider
Glue Table
GreengrassV2 ComponentVersion Deployment
GuardDuty Detector MalwareScan
HealthAgent Domain Integration PatientInsightsJob Session Subscription
HealthLake DataTransformationProfile
IoT Certificate Thing Tunnel
IoTSiteWise Asset Dataset Pipeline TimeSeries Workspace
IoTTwinMaker Entity Workspace
KendraRanking ExecutionPlan
Kinesis Stream StreamConsumer
KinesisFirehose DeliveryStream
KinesisVideo SignalingChannel Stream
Lambda Function MicrovmImage
Lex Bot BotAlias
Logs LogGroupAuthorization ScheduledQuery
MachineLearning MlModel
ManagedBlockchain Network Node
ManagedBlockchainQuery QueryAPI
MedicalImaging Datastore Imageset
MWAA Environment
NeptuneGraph Graph
NetworkFlowMonitor Monitor Scope
NovaAct WorkflowDefinition WorkflowRun
One UKey User
PaymentCryptography Alias Key
PCAConnectorAD Connector
PCAConnectorSCEP Connector
Pinpoint App
QApps QApp QAppSession
QBusiness Application DataSource Index Integration WebExperience
QDeveloper Integration
Quicksight ActionConnector
QuickSight App Automation AutomationJob Extension ExtensionAccess Flow FlowSession Page Task
RDS DBCluster
Redshift Cluster
ResourceExplorer2 ManagedView View
RUM AppMonitor
S3 AccessPoint Object
S3Express AccessPoint Object
S3ObjectLambda AccessPoint
S3Outposts Object
S3Tables Table TableBucket
S3Vectors Index VectorBucket
SageMaker Endpoint ExperimentTrialComponent FeatureGroup Hub Job MlflowApp MlflowTrackingServer TrainingSession
SCN BusinessRule DataLakeException ExceptionInvestigation ExceptionRule Instance Metric MetricEvaluation Outcome
SCN OutcomeTemplate
SDB Domain
ServiceDiscovery Namespace Service
SES ConfigurationSet EmailIdentity Template
Signer SigningJob SigningProfile
SitewiseAssistant Conversation
SMSVoice CarrierLookup ConfigurationSet Message NotifyConfiguration OriginationIdentity
SNS PlatformEndpoint Topic
SocialMessaging PhoneNumberId WabaId
SQS Queue
SSM ExecutionPreview ManagedNode
SSMMessages ControlChannel
StepFunctions Activity StateMachine
SupportAccess Tenant TrustingAccount TrustingRole
SWF Domain
ThinClient Device Environment
Timestream Database RegionalEndpoint Table
Transform AgentInstance Profile
TransformCustom Campaign Conversation KnowledgeItem Package
UXC AccountCustomization
VerifiedPermissions PolicyStore
WellArchitected AgentRecommendation
XRay Trace
"""
DATA_RESOURCE_TYPES = frozenset(
    f"AWS::{service}::{kind}" for service, *kinds in map(str.split, _TYPES.strip().splitlines()) for kind in kinds
)
