#!/usr/bin/env bash
# Imports the findings of a report into Security Hub:
#   trailproof verify s3://BUCKET --report asff=run.asff.ndjson
#   security-hub.sh run.asff.ndjson [ROLE]
# Each batch goes to the region and the account of its findings. Security Hub takes findings from their own account alone: of
# other accounts, ROLE is the name of a role there that these credentials may assume. Each needs securityhub:BatchImportFindings.
# Needs the AWS CLI and jq. Ends with 1 if a finding was not taken, whatever the reason.
set -euo pipefail

report=$1
role=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

caller=$(aws sts get-caller-identity --query '[Account, Arn]' --output text)
read -r own_account own_arn <<<"$caller"
own_region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
status=0

# Prints the credentials of ROLE in an account.
assume() {
  aws sts assume-role --role-arn "arn:$1:iam::$2:role/$role" --role-session-name trailproof \
    --query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]' --output text
}

# Imports the batch into a region: with the credentials that follow, or with those at hand.
import() {
  local region=$1
  if [ $# -eq 4 ]; then
    export AWS_ACCESS_KEY_ID=$2 AWS_SECRET_ACCESS_KEY=$3 AWS_SESSION_TOKEN=$4
    unset AWS_PROFILE
  fi
  # A file, for the AWS CLI reads it twice, and a batch is longer than an argument may be.
  aws securityhub batch-import-findings --region "$region" --cli-input-json "file://$work/batch.json" --output json
}

session=
while IFS= read -r batch; do
  # What belongs to no account is a matter of the one that asked.
  jq --arg account "$own_account" --arg region "$own_region" --arg partition "$(cut -d: -f2 <<<"$own_arn")" '
    if .Findings[0].AwsAccountId != "000000000000" then . else .Findings[] |= (
      .AwsAccountId = $account
      | .ProductArn = "arn:\($partition):securityhub:\($region):\($account):product/\($account)/default")
    end' <<<"$batch" >"$work/batch.json"
  home=$(jq -r '.Findings[0].ProductArn / ":" | "\(.[1]) \(.[3]) \(.[4])"' "$work/batch.json")
  read -r partition region account <<<"$home"
  credentials=()
  if [ "$account" != "$own_account" ] && [ -n "$role" ]; then
    if [ "$session" != "$account" ]; then
      assumed=$(assume "$partition" "$account") || assumed=
      session=$account
    fi
    read -r -a credentials <<<"$assumed"
    if [ ${#credentials[@]} -eq 0 ]; then
      echo "$account $region: the role $role cannot be assumed" >&2
      status=1
      continue
    fi
  fi
  if (import "$region" ${credentials[@]+"${credentials[@]}"}) >"$work/answer.json"; then
    jq -r --arg home "$account $region" '.FailedFindings[] | "\($home): \(.Id): \(.ErrorCode): \(.ErrorMessage)"' "$work/answer.json" >&2
    [ "$(jq .FailedCount "$work/answer.json")" = 0 ] || status=1
  else
    echo "$account $region: a batch of $(jq '.Findings | length' "$work/batch.json") findings was not taken" >&2
    status=1
  fi
done <"$report"
exit "$status"
