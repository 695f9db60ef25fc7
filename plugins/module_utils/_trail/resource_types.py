# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The types of resources that have data events, and a warning about a type that is not among them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail refuses a type that it does not know. It learns new ones every month, so that a type that is unknown here is
never refused: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-events.html#cloudtrail-data-events
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .selectors import Selector

# service: its types. Quicksight::ActionConnector is spelled as in AWS's list.
_TYPES_OF_SERVICES = """
    AgentAccessMCP: Tools
    AgentRegistry: Registry
    AIDevOps: AgentSpace Association OperatorAppTeam PipelineMetadata Service
    AIOps: InvestigationGroup
    AOSS: Collection
    AppConfig: Configuration
    ApplicationSignals: InstrumentationConfig
    AppSync: GraphQLApi
    AWSExternalAnthropic: Workspace
    B2BI: Transformer
    Backup: BackupAccessPoint SearchJob
    Bedrock: AdvancedOptimizePromptJob AgentAlias AsyncInvoke AutomatedReasoningPolicy
    Bedrock: AutomatedReasoningPolicyVersion Blueprint DataAutomationInvocation DataAutomationProfile
    Bedrock: DataAutomationProject FlowAlias FlowExecution Guardrail InlineAgent KnowledgeBase Model PromptVersion
    Bedrock: Session Tool
    BedrockAgentCore: ABTest APIKeyCredentialProvider BatchEvaluate Browser BrowserCustom BrowserProfile
    BedrockAgentCore: CapacityProvider CodeInterpreter CodeInterpreterCustom Evaluator Gateway Memory
    BedrockAgentCore: OAuth2CredentialProvider Payments Policy PolicyEngine Recommendation Registry Runtime
    BedrockAgentCore: RuntimeEndpoint TokenVault WorkloadIdentity WorkloadIdentityDirectory
    BedrockMantle: Project
    BedrockWebSearch: Tool
    Cassandra: Stream Table
    CertificateManager: AcmeEndpoint
    ClinicalTrialsTech: Codelist Dataset Execution Instance Mapping Schedule Study
    CloudFront: KeyValueStore
    CloudOptimization: Profile Recommendation
    CloudTrail: Channel
    CloudWatch: Dataset IngestionEndpoint Metric
    CodeGuruProfiler: ProfilingGroup
    CodeWhisperer: Customization Profile
    Cognito: IdentityPool
    DataExchange: Asset
    Deadline: Fleet Job Queue Worker
    DiodeAlerting: LinkedAlert
    DSQL: Cluster
    DynamoDB: Stream Table
    EC2: InstanceConnectEndpoint Snapshot
    ECS: ContainerInstance
    EKS: Dashboard
    EMRWAL: Workspace
    Events: Endpoint EventBus EventSource Rule
    FinSpace: Environment
    FSx: Volume
    GameLiftStreams: Application StreamGroup
    GeoMaps: Provider
    GeoPlaces: Provider
    GeoRoutes: Provider
    Glue: Table
    GreengrassV2: ComponentVersion Deployment
    GuardDuty: Detector MalwareScan
    HealthAgent: Domain Integration PatientInsightsJob Session Subscription
    HealthLake: DataTransformationProfile
    IoT: Certificate Thing Tunnel
    IoTSiteWise: Asset Dataset Pipeline TimeSeries Workspace
    IoTTwinMaker: Entity Workspace
    KendraRanking: ExecutionPlan
    Kinesis: Stream StreamConsumer
    KinesisFirehose: DeliveryStream
    KinesisVideo: SignalingChannel Stream
    Lambda: Function MicrovmImage
    Lex: Bot BotAlias
    Logs: LogGroupAuthorization ScheduledQuery
    MachineLearning: MlModel
    ManagedBlockchain: Network Node
    ManagedBlockchainQuery: QueryAPI
    MedicalImaging: Datastore Imageset
    MWAA: Environment
    NeptuneGraph: Graph
    NetworkFlowMonitor: Monitor Scope
    NovaAct: WorkflowDefinition WorkflowRun
    One: UKey User
    PaymentCryptography: Alias Key
    PCAConnectorAD: Connector
    PCAConnectorSCEP: Connector
    Pinpoint: App
    QApps: QApp QAppSession
    QBusiness: Application DataSource Index Integration WebExperience
    QDeveloper: Integration
    Quicksight: ActionConnector
    QuickSight: App Automation AutomationJob Extension ExtensionAccess Flow FlowSession Page Task
    RDS: DBCluster
    Redshift: Cluster
    ResourceExplorer2: ManagedView View
    RUM: AppMonitor
    S3: AccessPoint Object
    S3Express: AccessPoint Object
    S3ObjectLambda: AccessPoint
    S3Outposts: Object
    S3Tables: Table TableBucket
    S3Vectors: Index VectorBucket
    SageMaker: Endpoint ExperimentTrialComponent FeatureGroup Hub Job MlflowApp MlflowTrackingServer TrainingSession
    SCN: BusinessRule DataLakeException ExceptionInvestigation ExceptionRule Instance Metric MetricEvaluation
    SCN: Outcome OutcomeTemplate
    SDB: Domain
    ServiceDiscovery: Namespace Service
    SES: ConfigurationSet EmailIdentity Template
    Signer: SigningJob SigningProfile
    SitewiseAssistant: Conversation
    SMSVoice: CarrierLookup ConfigurationSet Message NotifyConfiguration OriginationIdentity
    SNS: PlatformEndpoint Topic
    SocialMessaging: PhoneNumberId WabaId
    SQS: Queue
    SSM: ExecutionPreview ManagedNode
    SSMMessages: ControlChannel
    StepFunctions: Activity StateMachine
    SupportAccess: Tenant TrustingAccount TrustingRole
    SWF: Domain
    ThinClient: Device Environment
    Timestream: Database RegionalEndpoint Table
    Transform: AgentInstance Profile
    TransformCustom: Campaign Conversation KnowledgeItem Package
    UXC: AccountCustomization
    VerifiedPermissions: PolicyStore
    WellArchitected: AgentRecommendation
    XRay: Trace
"""


def _known_types() -> frozenset[str]:
    services = (line.strip().split(": ") for line in _TYPES_OF_SERVICES.strip().splitlines())
    return frozenset(f"AWS::{service}::{name}" for service, names in services for name in names.split())


KNOWN_TYPES = _known_types()
_BY_LOWER_CASE = {kind.lower(): kind for kind in KNOWN_TYPES}


def unknown_types(selectors: Iterable[Selector]) -> list[str]:
    """A sentence for each selector with a type that is not known, with the known type that is most similar."""
    sentences = []
    for number, selector in enumerate(selectors, 1):
        for kind in sorted(selector.values("resources.type", "Equals") - KNOWN_TYPES):
            similar = difflib.get_close_matches(kind.lower(), _BY_LOWER_CASE, n=1, cutoff=0.9)
            advice = (
                f"Did you mean {_BY_LOWER_CASE[similar[0]]}?"
                if similar
                else "Check the spelling in AWS's list of data events."
            )
            sentences.append(
                f"advanced_event_selectors: selector {selector.name or number} has the resources.type {kind}, which is"
                f" not known to this version of the collection. CloudTrail refuses a type that does not exist. {advice}"
            )
    return sentences
