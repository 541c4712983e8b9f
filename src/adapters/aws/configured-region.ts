/** The region that environment or profile configure, found as the SDK finds it; undefined where there is none. */
export async function configuredRegion(profile: string | undefined): Promise<string | undefined> {
  const { CloudTrailClient } = await import('@aws-sdk/client-cloudtrail');
  const client = new CloudTrailClient(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}
