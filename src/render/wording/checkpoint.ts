import type { CHECKPOINT } from '../../core/findings/codes/run.js';
import { formatInstant } from '../../core/time/instant.js';
import { countOf } from '../strings/numbers-and-times.js';
import type { Wordings } from './shared.js';

const REWRITTEN_NEXT =
  'Find out who wrote to the bucket since the run before. Look for the digest in older versions or a backup. To begin anew once that is settled, move the checkpoint away.';

/** What earlier runs remember, against what is there. */
export const CHECKPOINT_WORDING: Wordings<keyof typeof CHECKPOINT> = {
  'checkpoint-begun': {
    title: () => 'no checkpoint was there: begun anew',
    meaning: () =>
      'Nothing is remembered from earlier runs, so that what was there then and is not now is not missed. That is as it should be in the first run with a checkpoint, and in no other.',
    next: () => 'If this was not the first run, find out what became of the checkpoint.',
  },
  'checkpoint-unauthenticated': {
    title: () => 'the checkpoint is not authenticated',
    meaning: () =>
      'Whoever can write to the checkpoint can make this run pass over what was changed before, and nothing would show it.',
    next: () => 'Make a key with `trailproof checkpoint key` and name it with `--checkpoint-key FILE`.',
  },
  'checkpoint-chain-missing': {
    title: ({ end }) => `verified until ${formatInstant(end)}, now gone`,
    meaning: () =>
      'An earlier run has verified digests of this chain. All of them are gone, or lie where this run does not look.',
    next: () => REWRITTEN_NEXT,
  },
  'checkpoint-chain-unseen': {
    title: () => 'was there, never verified, and is gone',
    meaning: () =>
      'An earlier run has listed digests of this chain, and no run has verified any of them yet. Now there are none, and nobody can tell any more what they said.',
    next: () =>
      'Find out who removed them since the run before. Where they were nothing that CloudTrail delivered, or have expired, accept it by a policy, or move the checkpoint away.',
  },
  'checkpoint-digest-unreached': {
    title: ({ end }) => `no way back to ${formatInstant(end)}`,
    meaning: () =>
      'An earlier run has verified the chain until a digest that ends then. No newer digest leads back to it: the history has been rewritten or cut off.',
    next: () => REWRITTEN_NEXT,
  },
  'checkpoint-digest-changed': {
    title: ({ part }) => (part === 'hash' ? 'content has changed since then' : 'signature has changed since then'),
    meaning: () => 'An earlier run has verified this digest, and remembers it differently. It was replaced since then.',
    next: () => REWRITTEN_NEXT,
  },
  'checkpoint-earlier-failures': {
    title: ({ count, since }) => `${countOf(count, 'failure')} in earlier runs, since ${formatInstant(since)}`,
    meaning: () =>
      'Earlier runs have reported them. This run has not looked there again, or has found it put right: its outcome does not include them.',
    next: () => 'See the reports of those runs, or look at everything again with `--recheck all`.',
  },
};
