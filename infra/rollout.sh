#!/usr/bin/env bash
# A rollout: the new version's migration first, then its services; nothing new runs if the migration fails.
# Needs the AWS command line, with credentials. docs/aws.md tells when.
set -euo pipefail

if [ $# -ne 4 ]; then
  echo "usage: infra/rollout.sh STACK TEMPLATE BUCKET TAG" >&2
  exit 2
fi
stack=$1 template=$2 bucket=$3 tag=$4

deploy() {
  aws cloudformation deploy --stack-name "$stack" --template-file "$template" --s3-bucket "$bucket" \
    --s3-prefix "$stack" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides "$@"
}

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

echo "1/3 the migration of $tag is prepared"
deploy "MigrateTag=$tag"

echo "2/3 the migration runs"
cluster=$(output Cluster)
network="awsvpcConfiguration={subnets=[$(output TaskSubnets)],securityGroups=[$(output TaskSecurityGroup)]"
network+=",assignPublicIp=$(output TaskPublicIp)}"
task=$(aws ecs run-task --cluster "$cluster" --task-definition "$(output MigrateTask)" --launch-type FARGATE \
  --network-configuration "$network" --query 'tasks[0].taskArn' --output text)
# One call waits ten minutes at most; an index of a large table may take longer.
for _ in 1 2 3 4 5 6; do
  aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task" && break
done
code=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0].containers[0].exitCode' --output text)
if [ "$code" != 0 ]; then
  echo "The migration ended with $code, and nothing else was changed. Its log: $(output JobsLog)" >&2
  exit 1
fi

echo "3/3 services get $tag"
deploy "ImageTag=$tag" Running=yes
