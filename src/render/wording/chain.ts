import type { CHAIN, TRAIL } from '../../core/findings/codes/chain.js';
import type { POLICY, RUN } from '../../core/findings/codes/run.js';
import { formatInstant } from '../../core/time/instant.js';
import { countOf, formatDuration, formatInterval, formatNumber } from '../strings/numbers-and-times.js';
import { quote } from '../strings/shell-quote.js';
import { byWhom } from './attribution.js';
import { RETRY_NEXT, type Wordings } from './shared.js';

const LATEST_DELIVERY =
  'Compare with `LatestDigestDeliveryTime` in the answer of `aws cloudtrail get-trail-status --region REGION --name TRAIL-ARN`.';

const SETTING_NAMES = {
  config: 'the configuration',
  policy: 'the policy',
  keys: 'the key file',
  'checkpoint-key': 'the checkpoint key',
  aws: 'the AWS settings',
} as const;

/** A chain over time. */
export const CHAIN_WORDING: Wordings<keyof typeof CHAIN> = {
  'chain-gap': {
    title: (interval) => `no digests ${formatInterval(interval)}`,
    meaning: () =>
      'A starting digest follows, which links to nothing older. Either CloudTrail delivered no digests in this time, because logging or validation was off; or digests at the end of the older run were deleted: no later digest vouches for those.',
    next: () =>
      'Look for `StopLogging`, `StartLogging`, `UpdateTrail` and `DeleteTrail` events about that time, in other trails too. Where it is known why there are no digests, accept it by the exception above, in the policy.',
  },
  'chain-stopped': {
    title: ({ start, end, eventName, eventTime, ...actor }) =>
      `no digests for ${formatDuration(end - start)}: ${[`${eventName} ${formatInstant(eventTime)}`, ...byWhom(actor).slice(0, 1)].join(', ')}`,
    meaning: () =>
      'A verified log of the trail holds the event that ended its digests: logging or validation was switched off by this call, in all regions at once, and no digest before it is missing. What happened in this time is in no log of this trail; whether it logged again meanwhile, and all of that was deleted, is not known.',
    next: () =>
      'Find out whether it was meant, and what else the same identity and address did in that time, in other trails.',
  },
  'chain-interval-lost': {
    title: (interval) => formatInterval(interval),
    meaning: () =>
      'Digests of this time are missing or not valid. Which logs were delivered then, and whether they are intact, cannot be shown any more from what is here.',
    next: () => 'See what is said of the digests of this time. If older versions or a backup hold them, verify those.',
  },
  'chain-interval-undetermined': {
    title: (interval) => formatInterval(interval),
    meaning: () =>
      'Digests of this time could not be read or verified, or there are none and no end was asked for. So nothing is said of what was delivered in it.',
    next: () => 'See what is said of the digests of this time, and verify again once that is settled.',
  },
  'chain-begins-late': {
    title: (interval) => `no digests ${formatInterval(interval)}`,
    meaning: () =>
      'The time asked for begins earlier than the oldest digest. Logging or validation began with it, or everything older was deleted.',
    next: () =>
      'Look for `CreateTrail`, `UpdateTrail` and `StartLogging` events about that time, or ask for less time.',
  },
  'chain-begins-unanchored': {
    title: () => 'begins in the middle of a chain',
    meaning: () =>
      'The oldest digest links to an older one that was not read: it is not here, or may not be read. Nothing is said of the time before; in a copy of a part that is as it should be.',
    next: () => 'If the time before matters, include the digest it links to, or ask for an earlier start.',
  },
  'chain-ends-early': {
    title: (interval) => `no digests ${formatInterval(interval)}`,
    meaning: () =>
      'CloudTrail delivers a digest for every hour, about half an hour after it. The newest ones are not here: they were deleted or not copied, or logging or validation was stopped.',
    next: () => LATEST_DELIVERY,
  },
  'chain-end-late': {
    title: ({ start }) => `newest digest ends at ${formatInstant(start)}`,
    meaning: () =>
      'A digest is normally there about half an hour after its hour. The next one is late: it may yet come, or it was deleted, or logging or validation was stopped.',
    next: () => `Verify again in an hour. ${LATEST_DELIVERY}`,
  },
  'chain-newest-digest-old': {
    title: ({ start, end }) => `newest digest ends at ${formatInstant(start)}, ${formatDuration(end - start)} ago`,
    meaning: () =>
      'CloudTrail delivers a digest every hour. That there is none as new is as it should be for a trail that was stopped or deleted, or delivers elsewhere by now. Otherwise newer digests were deleted.',
    next: () => `If the trail is in use, verify with \`--max-age 3h\` or \`--trail-arn\`. ${LATEST_DELIVERY}`,
  },
  'chain-newest-digest-deleted': {
    title: ({ start, end, deliveredAt }) =>
      start === undefined || end === undefined
        ? `not one digest, the last of ${formatInstant(deliveredAt)}`
        : formatInterval({ start, end }),
    meaning: () =>
      'CloudTrail says that it delivered a digest later than the newest one here can have been. The digests since then were deleted, or delivered to another place.',
    next: () =>
      'Look for older versions with `aws s3api list-object-versions --bucket BUCKET --prefix FOLDER`, and for `DeleteObject` and `UpdateTrail` events.',
  },
  'chain-ends-before-siblings': {
    title: ({ start }) => `newest digest ends at ${formatInstant(start)}`,
    meaning: () =>
      'The same trail has newer digests in another region or account, and CloudTrail stops a trail everywhere at once. Here the newest ones were deleted or not copied; or the region was disabled or taken from the trail, or the account left.',
    next: () =>
      'Verify with `--trail-arn`: Organizations knows the accounts that left. Where it is known why there are no newer digests, accept it by the exception above, in the policy; as long as the others go on, with a later `to`.',
  },
  'chain-hourly-digests-missing': {
    title: () => 'backfill digests, but no hourly ones',
    meaning: () =>
      'Backfill digests of this trail are verified, and not one hourly digest of it is here. CloudTrail delivers backfill digests beside hourly ones, never in place of them: the hourly ones were deleted or not copied. What they listed is not known.',
    next: () => 'Look for the hourly digests in older versions or a backup.',
  },
  'chain-sibling-missing': {
    title: () => 'no digests, though siblings have some',
    meaning: () =>
      'Most accounts of the trail have digests of this region, or other trails of the account do, and here there is none. The region may not be enabled in the account; or every digest was deleted or not copied.',
    next: () =>
      'If there must be digests, say so with `--expect-account ACCOUNT` and `--expect-region REGION`, so that it fails.',
  },
};

/** A trail, as CloudTrail and Organizations tell of it. */
export const TRAIL_WORDING: Wordings<keyof typeof TRAIL> = {
  'trail-not-logging': {
    title: ({ stoppedAt }) =>
      `logging is stopped${stoppedAt === undefined ? '' : ` since ${formatInstant(stoppedAt)}`}`,
    meaning: () =>
      'CloudTrail says that the trail does not log at present: nothing that happens now is recorded by it.',
    next: () =>
      'Find out who stopped it from its `StopLogging` event; start it with `aws cloudtrail start-logging --name TRAIL-ARN`.',
  },
  'trail-delivery-failing': {
    title: ({ part, errorCode }) => `delivery of ${part} fails (${errorCode})`,
    meaning: () =>
      'CloudTrail says that its latest delivery to the bucket failed with this error of S3. What it could not deliver is not here, without anybody having deleted it.',
    next: () => 'Check the policy of the bucket and of its KMS key, and that the bucket exists.',
  },
  'trail-status-unavailable': {
    title: ({ errorCode, regions }) => `no status of the trail in ${countOf(regions.length, 'region')} (${errorCode})`,
    meaning: () =>
      'CloudTrail did not say when it delivered last, so that digests deleted at the end are known only by their age.',
    next: () => 'Allow `cloudtrail:GetTrailStatus`.',
  },
  'organization-accounts-unavailable': {
    title: ({ errorCode }) => `accounts could not be listed (${errorCode})`,
    meaning: () => 'An account of the organization that has nothing at all in the bucket would not be missed.',
    next: () =>
      'Allow `organizations:ListAccounts` to an administrator of the organization, or name the accounts with `--expect-account`.',
  },
  'organization-account-left': {
    title: ({ accountId }) => `account ${accountId} has left the organization`,
    meaning: () =>
      'AWS Organizations does not name this account, or names it as suspended: it left or was closed. CloudTrail delivers no more digests of it, so none are missing after its newest one. Whether that one was its last, nobody can tell: the digests before it left may have been deleted together with their logs.',
    next: () => 'Compare its newest digest with the day on which it left, by the logs of the management account.',
  },
};

/** A folder, a key, a run. */
export const RUN_WORDING: Wordings<keyof typeof RUN | keyof typeof POLICY> = {
  'folder-without-digests': {
    title: () => 'logs, but not one digest',
    meaning: () =>
      'Logs lie here, and beside them there is not one digest of the time asked for. Log file validation was off, or every digest was deleted or not copied. Nothing proves these logs.',
    next: () =>
      'Look for the digests in a backup. To have them from now on: `aws cloudtrail update-trail --name TRAIL-ARN --enable-log-file-validation`.',
  },
  'folder-without-digests-in-range': {
    title: () => 'no digests in the time asked for',
    meaning: () =>
      'The folder is there, but holds no digest of that time. Logging or validation was off, or the digests were deleted or not copied. Nothing of that time is proven.',
    next: () => 'Check the time asked for. If logging was on, look for the digests in older versions or a backup.',
  },
  'folder-logs-alone': {
    title: () => 'logs, and no digest beside them',
    meaning: () =>
      'Logs of the time asked for lie here without digests. Digests of the account and region lie elsewhere, or are of another time, and none that is verified lists a log of this folder. Another trail delivered these logs, whose digests are gone or never were; or it is a copy of logs alone.',
    next: () => 'Find out which trail delivered them, and look for its digests in older versions or a backup.',
  },
  'folder-digests-pending': {
    title: ({ since }) => `logs since ${formatInstant(since)}, and no digest yet`,
    meaning: () =>
      'The first digest of a new account, region or trail comes up to an hour and 31 minutes after logging began. Until then nothing proves these logs.',
    next: () => 'Verify again in two hours.',
  },
  'folder-access-denied': {
    title: ({ errorCode }) => `may not be listed (${errorCode})`,
    meaning: () => 'What lies in this folder is not known, so nothing is said of it.',
    next: () => 'Allow `s3:ListBucket` on the bucket; in a directory, allow reading the folder.',
  },
  'folder-unavailable': {
    title: ({ errorCode }) => `could not be listed (${errorCode})`,
    meaning: () => 'What lies in this folder is not known, so nothing is said of it.',
    next: ({ errorCode }) =>
      errorCode === 'LinkedFolder'
        ? 'Links to folders are not followed. Put what the link leads to in its place.'
        : RETRY_NEXT,
  },
  'folder-second-copy': {
    title: () => 'a second copy, which was not verified',
    meaning: () =>
      'Digests or logs in this folder were delivered to a place that another folder of the source stands for. Two folders are never read as one, since either may have been put there to hide what was done to the other.',
    next: () => 'Verify this folder by itself, or take it out of the source.',
  },
  'folder-search-incomplete': {
    title: ({ searched, unsearched }) =>
      `at least ${countOf(unsearched, 'folder')} not searched, ${formatNumber(searched)} searched`,
    meaning: () =>
      'The search for `AWSLogs` was ended there: there are too many folders, or some lie deeper than a key of S3 can be long. Trails may deliver below the folders that were not searched, and nothing is said of those.',
    next: () => 'Name the place: `s3://BUCKET/PREFIX`, or the folder that holds `AWSLogs`.',
  },
  'folder-names-limited': {
    title: ({ limit, count }) => `${countOf(count, 'name')} more than the ${formatNumber(limit)} that are looked at`,
    meaning: () =>
      'So many names are no digest of a folder of digests, or are of one day of a folder of logs. The first ones were told, and compared for names that a file system takes for the same; the others were only counted. What no digest lists is reported all the same.',
    next: () => 'See whether somebody planted them.',
  },
  'folder-digests-misplaced': {
    title: ({ count }) => `${countOf(count, 'folder')} of digests out of place`,
    meaning: () =>
      'CloudTrail delivers digests to `AWSLogs/ACCOUNT/CloudTrail-Digest/REGION/`, in exactly these letters. Folders of another name or place may hold a trail that was renamed, moved or copied in part. What lies in them was not verified.',
    next: () => 'See what lies there. If it is part of the archive, put it where it was delivered, and verify again.',
  },
  'public-key-fingerprint-mismatch': {
    title: () => 'not the key that its fingerprint names',
    meaning: () =>
      'The MD5 of the key is not the fingerprint it is listed under, which is true of no key that AWS publishes. It is not used.',
    next: () => 'Find out where the key file comes from, and get the keys from AWS anew.',
  },
  'public-key-unreadable': {
    title: () => 'not an RSA public key',
    meaning: () => 'The key cannot be read as an RSA public key, in neither form that AWS uses. It is not used.',
    next: () => 'Find out where the key file comes from, and get the keys from AWS anew.',
  },
  'selection-not-found': {
    title: ({ option, value }) => `no digests of the ${option} ${value}`,
    meaning: () => 'It was asked for by name, and nothing of it was found. Nothing is proven of it.',
    next: () => 'Check the name, the place and the time asked for, and whether everything there may be listed.',
  },
  'expected-digests-missing': {
    title: ({ accountId, region }) =>
      `no digests of ${[...(accountId === undefined ? [] : [`account ${accountId}`]), ...(region === undefined ? [] : [`region ${region}`])].join(' in ')}`,
    meaning: () =>
      'There must be digests of it, and not one was found. They were never delivered, or deleted, or not copied. Nothing is proven of it.',
    next: () => 'See whether the trail covers it, and look for the digests in older versions or a backup.',
  },
  'objects-relocated': {
    title: ({ relocation }) => `objects read elsewhere: ${relocation}`,
    meaning: () =>
      'What was delivered to the first place was read at the second, and is named by the first. Signatures cover the first place; that the second is a copy of it was not checked, nor needs it be: a copy that differs fails.',
    next: () => 'Make sure that the second place is the copy that you mean.',
  },
  'relocation-unused': {
    title: ({ relocation }) => `nothing read elsewhere: ${relocation}`,
    meaning: () =>
      'Nothing that was looked for was delivered to the first place, so that nothing was read at the second.',
    next: () => 'Check the names of both places, or leave it out.',
  },
  'relocation-unconfirmed': {
    title: ({ relocation }) => `not where digests say: --relocated ${quote(relocation)}`,
    meaning: () =>
      'All digests found at the second place say that they were delivered to the first, and were verified as a copy of it. That the second place is meant to be a copy is for you to say: what was delivered there may have been replaced by it.',
    next: () => 'If it is a copy, verify it again with that `--relocated`.',
  },
  'setting-in-source': {
    title: ({ setting, place }) => `${SETTING_NAMES[setting]} lies in the source: ${place}`,
    meaning: () =>
      'The run obeyed this file because it was named. It lies in what is verified, so whoever made the copy may have written it, and chosen what is verified and with which keys.',
    next: () => 'Make sure that the file is your own, and keep such files outside of what is verified.',
  },
  'objects-unpacked': {
    title: () => 'objects unpacked: X.json was read for X.json.gz',
    meaning: () =>
      'Of these digests and logs only the unpacked files are there, under names without `.gz`. Hashes and signatures cover the unpacked content, so nothing is lost by it.',
    next: () => 'Make sure that this is a copy that was unpacked on purpose.',
  },
  'nothing-found': {
    title: () => 'no digests found',
    meaning: () =>
      'There was no digest to verify, so nothing is proven of any trail. Saved query results stand for none.',
    next: () =>
      'Name the folder or prefix that `AWSLogs` lies in, not one below. Check the time asked for, and that log file validation is on for the trail.',
  },
  'source-unavailable': {
    title: ({ errorCode }) => `cannot be verified (${errorCode})`,
    meaning: () =>
      'This source could not be reached, listed or asked with the credentials for it, or not any more. Nothing is concluded about what is not named here; the other sources of the run were verified all the same.',
    next: () => 'Settle what the answer says, and verify again.',
  },
  'run-interrupted': {
    title: ({ unvisited }) =>
      unvisited === 0
        ? 'stopped before its end'
        : `stopped before its end, ${countOf(unvisited, 'account and region', 'accounts and regions')} not begun`,
    meaning: () => 'This report is of a part of what was asked for. Nothing is said of the rest.',
    next: () => 'Run again, with more time.',
  },
  'policy-exception-expired': {
    title: ({ exception, reason, ticket }) =>
      `${exception} expired: ${reason}${ticket === undefined ? '' : ` (${ticket})`}`,
    meaning: () =>
      'Until then this exception of the policy accepted something that is there still, and that counts again.',
    next: () => 'See to what was accepted. If it is to be put up with longer, give the exception another `until`.',
  },
};
