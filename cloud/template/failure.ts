// Why a copy is not there, in words for who asks: what only the operator may know of stays with the operator.
import { errors, type ErrorCode } from '#api/errors.ts';

export interface Failure {
  code: string | null;
  text: string;
}

const isMasked = (code: string | null): boolean =>
  code === null || !(code in errors) || 'masked' in errors[code as ErrorCode];

export const failureText = ({ code, text }: Failure, { isRoot }: { isRoot: boolean }): string =>
  isRoot || !isMasked(code) ? text : 'The image could not be fetched at the moment; it is tried again by itself';
