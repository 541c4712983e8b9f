import { isRegionName } from './cloudtrail-key.js';

/** The parts of a trail's ARN, in any partition. */
export interface TrailArn {
  /** The whole of it. */
  readonly text: string;
  readonly homeRegion: string;
  /** Whose trail it is. */
  readonly accountId: string;
  readonly trailName: string;
}

const TRAIL_ARN = /^arn:[a-z0-9-]+:cloudtrail:([a-z0-9-]+):(\d{12}):trail\/([A-Za-z0-9._-]{1,128})$/;

/** Takes the ARN of a trail apart, in any partition; undefined for any other text. Whether there is such a trail is not checked. */
export function parseTrailArn(text: string): TrailArn | undefined {
  const [, homeRegion = '', accountId = '', trailName = ''] = TRAIL_ARN.exec(text) ?? [];
  return isRegionName(homeRegion) ? { text, homeRegion, accountId, trailName } : undefined;
}
