/** Where the trail of most tests delivers to; when, and how much, is for each of them to say. */
export const MAIN_TRAIL = {
  bucket: 'acme-trails',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'main',
};

/** The same for tests of whole runs and of what these leave behind: reports, checkpoints, policies. */
export const EVENTS_TRAIL = {
  bucket: 'trails',
  accountId: '111122223333',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  trailName: 'events',
};
