// Why a copy is not there, in words for who asks. What a host says of the image and its address is for the owner, who can act on
// it; what is said of hosts and of the platform stays with the operator.
import { errors, type ErrorCode } from '#api/errors.ts';

export interface Failure {
  code: string | null;
  text: string;
}

/** Said by the host that fetched: «images.example answered 404 Not Found». */
const BY_THE_HOST = 'resourceUnavailable';
const isMasked = (code: string | null): boolean =>
  code === null || (code !== BY_THE_HOST && (!(code in errors) || 'masked' in errors[code as ErrorCode]));

export const failureText = ({ code, text }: Failure, { isRoot }: { isRoot: boolean }): string =>
  isRoot || !isMasked(code) ? text : 'The image could not be fetched at the moment; it is tried again by itself';
