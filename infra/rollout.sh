#!/usr/bin/env bash
# A rollout: the new version's migration first, as the stack stands. The new template, and the new image for services,
# follow only if it went well. Needs the AWS command line, with credentials. docs/aws.md tells when.
set -euo pipefail

if [ $# -ne 4 ]; then
  echo "usage: infra/rollout.sh STACK TEMPLATE BUCKET TAG" >&2
  exit 2
fi
stack=$1 template=$2 bucket=$3 tag=$4
present=$(mktemp)
trap 'rm -f "$present"' EXIT

deploy() {
  aws cloudformation deploy --stack-name "$stack" --template-file "$1" --s3-bucket "$bucket" \
    --s3-prefix "$stack" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides "${@:2}"
}

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

cluster=$(output Cluster)

# What nothing runs of begins with its least number of tasks; later, services keep the number they have grown to. One
# that should run and has none, after a first start by `yes`, would keep that: it begins, too.
if [ "$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
  --query "Stacks[0].Parameters[?ParameterKey=='Running'].ParameterValue")" = no ]; then
  now=no next=start
else
  now=yes next=yes
  services=$(aws ecs list-services --cluster "$cluster" --query serviceArns --output text)
  # shellcheck disable=SC2086  # one word each
  counts=$(aws ecs describe-services --cluster "$cluster" --services $services \
    --query 'services[].desiredCount' --output text)
  for count in $counts; do
    if [ "$count" = 0 ]; then next=start; fi
  done
fi

echo "1/3 the migration of $tag is prepared"
aws cloudformation get-template --stack-name "$stack" --query TemplateBody --output json > "$present"
deploy "$present" "MigrateTag=$tag" "Running=$now"

echo "2/3 the migration runs"
network="awsvpcConfiguration={subnets=[$(output TaskSubnets)],securityGroups=[$(output TaskSecurityGroup)]"
network+=",assignPublicIp=$(output TaskPublicIp)}"
task=$(aws ecs run-task --cluster "$cluster" --task-definition "$(output MigrateTask)" --launch-type FARGATE \
  --network-configuration "$network" --query 'tasks[0].taskArn' --output text)
# One call waits ten minutes at most; an index of a large table may take longer.
for _ in 1 2 3 4 5 6; do
  aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task" && break
done
about() {
  aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query "tasks[0].$1" --output text
}
code=$(about 'containers[0].exitCode')
if [ "$code" != 0 ]; then
  status=$(about lastStatus) reason=$(about stoppedReason)
  if [ "$status" != STOPPED ]; then
    echo "The migration still runs after an hour ($status): $task. Run this again when it has ended." >&2
  elif [ "$code" = None ]; then
    echo "The migration did not start: $reason" >&2
    echo "Is the image $tag there, and has the providers' secret every key that the stack asks for?" >&2
  else
    echo "The migration ended with $code: $reason. Its log: $(output JobsLog)" >&2
  fi
  echo "Nothing else was changed." >&2
  exit 1
fi

echo "3/3 services get $tag"
if ! deploy "$template" "ImageTag=$tag" "Running=$next"; then
  echo "Tasks that run go on. What was migrated stays: if the migration changed the database, no task of the old image" >&2
  echo "can start anew, and the way is forward only. The stack's events say why it failed: often a key of" >&2
  echo "infra/providers.example.json that the providers' secret lacks. Mend it and run this again soon." >&2
  exit 1
fi

# A later change of settings says nothing of this, and would have grown services begin again.
if [ "$next" = start ]; then
  echo "services have begun, and keep from now on the number they grow to"
  deploy "$template" Running=yes
fi
