// Synthesizes an app with all that decides which tags a resource gets: tags of an app, a stage, a stack, a nested stack
// and one construct, tags that are removed, a stack without resources, a table with a replica.
//   node app.js FOLDER [SMALL]
// FOLDER gets what `cdk synth` writes; SMALL gets the manifests and templates of it, without the list of feature flags.
"use strict";
const fs = require("fs");
const path = require("path");
const { App, CfnParameter, NestedStack, Stack, Stage, Tags } = require("aws-cdk-lib");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const sqs = require("aws-cdk-lib/aws-sqs");

const env = { account: "111122223333", region: "eu-west-1" };

class Shop extends Stack {
  constructor(scope, id, properties) {
    super(scope, id, properties);
    const table = new dynamodb.TableV2(this, "Orders", {
      partitionKey: { name: "id", type: dynamodb.AttributeType.STRING },
      tags: [{ key: "DataClass", value: "restricted" }],
      replicas: [{ region: "eu-central-1", tags: [{ key: "Replica", value: "yes" }] }],
    });
    Tags.of(table).add("Owner", "orders@example.com");

    const queue = new sqs.Queue(this, "Events");
    Tags.of(queue).remove("Team");

    new lambda.Function(this, "Charge", {
      code: lambda.Code.fromInline("exports.handler = async () => {};"),
      handler: "index.handler",
      runtime: lambda.Runtime.NODEJS_24_X,
    });

    const owner = new CfnParameter(this, "TeamOwner", { default: "team@example.com" });
    const team = new NestedStack(this, "Team");
    Tags.of(new iam.User(team, "Deployer")).add("Owner", owner.valueAsString);
    const robots = new NestedStack(team, "Robots");
    Tags.of(robots).add("Environment", "Staging", { priority: 300 });
    new iam.User(robots, "Robot");
  }
}

const app = new App({
  outdir: process.argv[2],
  analyticsReporting: false,
  treeMetadata: false,
  // The CDK CLI sets both.
  context: { "aws:cdk:enable-path-metadata": true, "aws:cdk:enable-asset-metadata": true },
});
Tags.of(app).add("CostCenter", "12345");

const shop = new Shop(app, "Shop", { env, tags: { Environment: "Production" } });
Tags.of(shop).add("Team", "shop", { includeResourceTypes: ["AWS::IAM::User", "AWS::SQS::Queue"] });

new Stack(app, "Empty", { env });

const stage = new Stage(app, "Europe", { env });
Tags.of(stage).add("Stage", "europe");
new iam.User(new Stack(stage, "Users"), "Anika");

const anywhere = new Stack(app, "Anywhere");
new iam.User(anywhere, "Jorge", { userName: `jorge-${anywhere.region}` });

app.synth();

const kept = ["aws:cloudformation:stack", "cdk:cloud-assembly"];
function copy(from, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) copy(source, target);
    if (entry.name.endsWith(".template.json")) fs.copyFileSync(source, target);
    if (entry.name === "manifest.json") {
      const manifest = JSON.parse(fs.readFileSync(source, "utf8"));
      const artifacts = Object.entries(manifest.artifacts).filter(([, artifact]) => kept.includes(artifact.type));
      fs.writeFileSync(target, JSON.stringify({ ...manifest, artifacts: Object.fromEntries(artifacts) }, null, 1) + "\n");
    }
  }
}
if (process.argv[3]) copy(process.argv[2], process.argv[3]);
