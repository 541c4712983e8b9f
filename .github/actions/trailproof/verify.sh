#!/usr/bin/env bash
# Verifies for action.yml: writes the job summary and the outputs, and ends as `trailproof verify` does.
set -euo pipefail

folder=$(mktemp -d "$RUNNER_TEMP/trailproof-XXXXXX")
report=$folder/run.json
source=$TRAILPROOF_ACTION_SOURCE
# Between quotes it would be one word. An asterisk is none of a file's.
set -f
# shellcheck disable=SC2206
flags=($TRAILPROOF_ACTION_FLAGS)
unset TRAILPROOF_ACTION_SOURCE TRAILPROOF_ACTION_FLAGS

status=0
node "$GITHUB_ACTION_PATH/../../../bin/trailproof.js" verify ${source:+"$source"} ${flags[@]+"${flags[@]}"} \
  --report "json=$report" --report "markdown=$folder/run.md" || status=$?

outcome=error
if [ -s "$report" ]; then
  outcome=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).outcome' "$report")
  cat "$folder/run.md" >>"$GITHUB_STEP_SUMMARY"
fi
printf 'outcome=%s\nreport=%s\n' "$outcome" "$report" >>"$GITHUB_OUTPUT"
exit "$status"
