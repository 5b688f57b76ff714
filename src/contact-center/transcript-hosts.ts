/**
 * Where transcripts may come from as long as no hosts are configured. The real hosts are documented
 * nowhere, so these are the domains of the vendor and of the storage it is known to use; the addresses
 * behind the names are checked apart from that.
 */
const vendorDomains = [
  // The contact center's own API and media hosts.
  'cisco.com',
  // Media storage of the contact center, seen in the vendor's client library.
  'ciscoccservice.com',
  // Webex, its services and the content it serves.
  'webex.com',
  'wbx2.com',
  'webexcontent.com',
];

/**
 * Pre-signed S3 links, as in the specification's examples: `bucket.s3.amazonaws.com`,
 * `bucket.s3.eu-central-1.amazonaws.com`, and the older and the dual-stack spellings. Not the other
 * services under amazonaws.com: there anybody's machine can have a name.
 */
const s3Host = /^([a-z0-9.-]+\.)?s3([.-](dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$/;

export function isTranscriptHost(hostname: string): boolean {
  return (
    vendorDomains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`)) ||
    s3Host.test(hostname)
  );
}
