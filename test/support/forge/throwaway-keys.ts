import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/**
 * A key pair that signs forged test chains. It protects nothing, is no secret and was made for this file alone; it is
 * committed so that a forged archive has the same bytes in every run. Everything is computed when first asked for.
 */
export class ThrowawayKey {
  readonly #base64: string;
  #privateKey: KeyObject | undefined;
  #pkcs1: Uint8Array | undefined;
  #fingerprint: string | undefined;

  /** Takes the base64 of a PKCS #1 RSAPrivateKey; white space is ignored. */
  constructor(base64: string) {
    this.#base64 = base64;
  }

  get privateKey(): KeyObject {
    this.#privateKey ??= createPrivateKey({
      key: Buffer.from(this.#base64, 'base64'),
      format: 'der',
      type: 'pkcs1',
    });
    return this.#privateKey;
  }

  /** DER of the PKCS #1 RSAPublicKey, the form in which ListPublicKeys answers. */
  get pkcs1(): Uint8Array {
    this.#pkcs1 ??= new Uint8Array(createPublicKey(this.privateKey).export({ type: 'pkcs1', format: 'der' }));
    return this.#pkcs1;
  }

  /** DER of the X.509 SubjectPublicKeyInfo. */
  get spki(): Uint8Array {
    return new Uint8Array(createPublicKey(this.privateKey).export({ type: 'spki', format: 'der' }));
  }

  /** Lower-case hexadecimal MD5 of {@link pkcs1}. */
  get fingerprint(): string {
    this.#fingerprint ??= createHash('md5').update(this.pkcs1).digest('hex');
    return this.#fingerprint;
  }
}

// Base64 without PEM armour, so that no scanner for leaked secrets cries wolf.
export const KEY_A = new ThrowawayKey(`
  MIIEogIBAAKCAQEAkBO4SrFda1XO6U+TMLqqK2c+AtmRiwnE6vN5v5iMehdgAy6xEONeIprfjsOaD6GpKBI2hLR9fQkGoNogVgoryLjpaYhszB/G
  p1jXeB/VIkPPy4m7OGybygPydtZEwr4RBlvwunFaSKnP2jGhPFbv+zknbMfwdxuvbIMXilN8yY3suOwnkjDbxvngz7ZQNl8BNdq9nHaLK27XFpVI
  J51vH0ZOiDwEMvdj0V3nm7R9e/DZm/g+JorwbYmd2mYlnZgIqYtQCav06c/ThYTg6h3WZLLKujpB4j2Xym0KmY4g7c6hWMj+unNHTu+Qapwc+jK5
  uWDw7/LMfyDvp5eEMFq4jwIDAQABAoIBAAQS8q1LWk4R2pchVL2rgZVW8YYeGy34eZTVNqudcizKTWuO80XRer91a/3lomJvxVCTQe8QYCixdnpa
  QKYo2nfDYXebpSFD2BeyUkFyJlI2OFbT5F3iQFN+4hPMgkbpc0zKkReMjgDWVcDLPM5v0jsN24Nex09u58/PMygKV/x7rTQXLxkF29esc6be3vP5
  UY+gr+xwx5ko4yL4dEC353axLH9s7v1XctJ4qi7UsQLmxhfWBk7S2+nzepmUyvHV8pnGsQ7FhhIDL1B1VifPYWCDyA3leeVu0pjJ08QFtU/ZS4EN
  0d7BVbA4KIY7x8r8Su0GmUpNAfCEVAYyby4IjZ0CgYEAw9A8B0VP8D75gyEOL1QxJyfOAUsCQS+ZlfRYYSU5vLOXvN7yzBDZyX2H/DbtpoluvPiT
  A3slEeyUCI79i4Lef+gL0mb8cjFAu/cfr5ggYDUT+hegmzqlYA60xD9DSm9sq6wztmxFsSaBp8ojM2yJmE9ciYUsgEvwLYyrNDiLu5sCgYEAvFyO
  /f1QmnXjIIKKUGz/SwoUErVTZ+ZanM+AWpZXPTGksErCqGGxRuac+9VJosNLG+6whQiqrVQT96Svpj49+Zwi47o6P/5O8vOts5FehszxLx9oP3PC
  2njen+99PIy2LW9vASzJ2xs2P/hzG1EYvQh2a2QaRxu9CSEw9oCm6B0CgYAXBW9ZR3vbefvpv8QkKljRCqv8mO397fO3no+ZdD/ygIbRbMDM3xpL
  xxdqvqZ4EuZTD0JxgVPdZJwO2YjTkyJHlWd2aCc74bCDqM0v3snHpdXgbFC0j1OMFI6KGAn4QVtcX5WA1//lkOpjaK90x0jyADqX7HFL8CGfqU8j
  h5ZeCwKBgD4Kdoat8uiNP7wrgwcuf3/l1+q5krk8JEhWCD7OGfnr6gSu+yKe2tcxii9gdxqHHKwcmEOZMS5Z7SG6OqiVA7C9frhnVFxTlQlsvZ/R
  l8Lqqd4NiDauGFYBTcJ8DVHuPusEMxm9+NaURfAYE0HCGlXY/bgthoI5XrAtIIVwpoj5AoGAdk1HfNPjWZu9dBF5z4nUDUWv8o+F77OKSBfkF1ve
  tgeQR6aGq78fCSRBGAfoAnbxcXcF2Uo4+WP7CNHAdrqS/uSrn0ikTq24NxeOtg4oqQ4FzaB2sIhq41dEEJwqat3Hrq8EmGJzpzApl3/CrOKbR9tt
  0D/FG5pW47lUciCGZGA=
`);

export const KEY_B = new ThrowawayKey(`
  MIIEowIBAAKCAQEAv+kBx3auMUd+vV3Y3MUxsQxWV+qqENTlpQxJoOpB0I4luZmwFunDUTtxaUPOrkhqEOEz6aawI3TTpRNObDMVl82TprM5whsc
  BaUUCiEqlfxfyAC6gT0hGrYVwR5MMG/F/FD+8ELpGj3J+C1a0iYib4SdkbdaNqwwcjsf5y7de53d7YxnWvYDK7mXT/uy5NSGUbvHUHN9gt9HrkVL
  UpKW8omd0Kujc+XQfo7js57/MGQTkowonzmDhp13BHR1xmVO4nYYJGorxUW8pKF4Tw4XgN0ByuYvLFuHhuh6CVvCjNDJZolHKwYJppz7btYlnppg
  mQUq2O0HncNTOZISrncY8QIDAQABAoIBAF4rmWrmat3VpnSH+6WBwjuNwUTM6vzta27NE8g5i2gqiIqFxunHdceDssgjtOTCtgFocM/jsqUDa+Oi
  EKZ5fswJ3b08T0hXgy2l7qp10e7dc6ax7NMESx1PYmdsVZijEHUaza7aNoZg8Z2tq9ZZTiaI3cUmQsd3QSKcrrADyD0ixbE+yMSoc57/l5R1guFt
  3gEpvGnCHn2D1ikTs2WKyMD27Zv9PhqJmlxD0FB0FfDcAe114CmCMVG7rt5J60t31ajSsMzaB9ikMhDxy8PtwUkMQyj/zu6kRtM05jTKQW/KaaU2
  JIdmOsTVXEVWXgsmbaqqo+iO/cSjhxmU/tywCw0CgYEA4qTSInNl1cM9fJF8TeEpL0hgQP4EtceoRlKkkmXpKtbSwEv9R5vSZ5cP/xE2+wzV2JfL
  JfzKwanX6VsSDpiY3ZjyAe3KFUo9NZe/VOXnHLGqXRpIng2If9NHfYxTSaiQmFZJiPSrUpfCce7yyUwpd37JFdDl6QuXYqrCwPp0TOsCgYEA2MR4
  Ddavb5JhAKQ0HCUW2a7jnKWptZu4giicRMmeVL8QscKngxU02C81v3cG0u2HSFlt2bsNLfMuKi4gY++YOpwOF5H/J2QljbxpjD566bhIhmHlF4+R
  BLJdhrM9dIVdCW5wTcZQIFemoli1rjkTR/+Kds7VMmU7iUk+JBWZSpMCgYBo6cT//40XS55tyGbTIjRPV+B+lVeW0gpaKy1VO2mY1AKQ01w2RrI6
  E5prBwv9YG6pKXL3bbJpvXZd5jNQoGC6y27TZ8CQ5GG7Kjh+U0INbUygdmdBCqCyExpXyppPUYFFk0PM6v1XaTqwRN0MQ346e20X9TBIFX6JROSM
  MiOd6wKBgQCjxGNTSTQH3hZNLsFz1g2abofl7D74Ruqx406UpaJqMmPBeOenoBjpj1lTCvDr4KqJXY8hpTEC2yuwkGLGPdjLxuTap+GWeBHrMEKp
  wvaHp0Oby1ASadPNMZh5UOeIJc2xd29/Qul8Vdw94Tl5pANOLOEGe6MUzOibAuvgxTSn4wKBgE2ouF5ofPwxAcfL3zYVzgx5VS3fg85jN8N5ofgo
  HSzgdeIr5BYP2cx8V1RFUTTfnhSbNZ5BsfAxnhC9bHCDrN9fqXswxvPmTx8coBlQzo9Kp9mLUEufucl5y+IQjWISuGGQK5U8Eh/KQ8gKsYy5EoDv
  vLcqa5Hi+AjRYv1v6W7q
`);

const KEY_C = new ThrowawayKey(`
  MIIEogIBAAKCAQEAmLgRchY3KcsTNCNBKwmx3+5stm3yWebGXGi9noCnZpCUMb2U3Ubugj4yDj+D5Vm3nqcB5Ij5+71e0EI8XiLwyz2oxEAUO6yB
  WNXQ3cgy6nir6370kWS3nqDBS4YTtW3iuxg3/30d2bm0BJ19j08B/VFiRNlCoD8S8tOW0iOTISrK1zd0DgCUO4rSgJMPRHg0uBihJ2VWQ59DOa+3
  E7ckMymwR+HPGHROcjgCBL10N02IgMry/898BOeFg/nOZrdSMnQX7HaDdtRgPDal1S65xtiwLwsitAqNEw80nCu+6K/wrw0GOxtCHwQG8YGsMldk
  CoAi7jz9BMRG9PVaIQlzvQIDAQABAoIBABds9qoaG8SSpKO0+7BTGKCJlU3ncAsXwdoXa+yl/eeW6lB17OGDWZ8LVMjIN95kpGyW4Ayy8SuLCQHn
  gxSKhgaa8uoFjUT5CU873wHCDYNXVsG1E+VAfoT70iKYUqocDLEXvjE3uy40VNd3Y/TpUNwPUYRPki979Vdfmu0pbU5jIgPLR876OfPehV0MwvnA
  l3zIK7HLVcgjFXN5M1hiB5KpQsn9nvNv1iMy8ZKWHV+5hhRoyEUvbigfmeqgTyk+W0L53qetMEXlu+K58Q3gmtTiey3BBzaLL+SW3AV4LX7IFYcX
  ihWTzxIMhu7+OPSfY97y2ORuaRaIkZ9VWHjkTrECgYEA0EHMioLLo7r27wZ58CJ6mj0y93qit+XL7BApDdy7EQNfvf0JvyOzYkCG/lYq6GsbFxLo
  wiV9sB77Ly+OTzQmNIP6p/NgjrR5CvH4YhNiwCy5McsTXoS5/Miw/jh1+neuDWT93kFBGJqUMOgejO3YVvOuDHoZrjIYg2AxhySoVk0CgYEAu7rZ
  23LFh2jMv1vD7PIqFfqioAFRd2K5iP8/yCwr2yUFZ1hjPXST2/cXx9FXTr3OIEWYEYSkO51aKcwYsBv/Wa7T2ZPz7crKxsW8rOwPMvUVtPhdHtwg
  lOFIrAuUvUE5s2JGfRKqMz+z2VV+Za1+w8pSlczlrJODGQO53ZyaKzECgYBwgNtKiFYSYVI81jbRbw7ke+Mopmt5BP8gy6oh/vhfvH7gV+4H//VM
  QqeqhkovvIyp7mEnYLGBj3sKhppOV1G8VP/38xZagUxSiV0xPl++iWqSZ65TBUikMpbK/x1c7YJtYf1zL7VG4VrlAMBgSazxbDq+KsfsvstXTYP0
  Ce2WkQKBgD4Vu3rx6BWyORSIGrHAHN8L9sCH7xNWmRmPoN5ojVB6W+EjwB5Q8Z1riHfS6dbmusa9fV89yLrWfT0ZfIixma9lPDbW0XMxAALg3lcp
  8pTdrQIeqV1NW5EhOFF9uwEkExsaQ0mV5KfyR153AchKqoPB47IbA1IhrteU/eEmq23hAoGAXQ74ldoN4ZXGsZWJq505DfVqTcbZBq8rRSCLbHPY
  l8gpuUGu5kCuJPqLCvxiqMAWUm2GBTHBxUCT3jg8mW+D7jZCoDGbcyj7I40Bx4AsPjGNWAggl4TtLoY5Mft/w8wBoa+9s1MUSwV7CV0dx+MyUvDn
  kFsaIMFOv3aciIRhBTs=
`);

const KEY_D = new ThrowawayKey(`
  MIIEpAIBAAKCAQEAsMzxxgXdXZkB08WSI8wF2AQj8EYurvze3wvMl3M/Zfbt/rlRFjb5iPHiyGmeBtYAeyHsQnOIpZxE/3hJlCoCDWrduAGHHXXk
  76zxv97Z9RfI2Wmu/BbycgSZoJjoCNWQGRz5iFMq6MutpKFDuUm8n++fYhib/QQkpvRChxG5xy0wXQXpMNr1ufGjRIrFQpVmtiJvW39yZAHzjzZ1
  3KDm+fThnUJI1GvTyCPKJpkIWCe8EqOGcn5VPuHlMWt4nMZQyRUgCeYS745TmKBX005c4Vp/HyIpvoZwBrrOE5s0I9SndI1iZSbJV56BnLhWDnZk
  bi24Bt+9KIXqEfj4Y/DzpwIDAQABAoIBABZ+XJxHDrzjxJm+3zLyuCOdkzz0kOfugCR8idES9pPwcKMhzLE42VKVA7dfyJ0yCOmhjT9/F3mKgjTG
  hwX0ukIewIqylxAmebQMms1AexZ1qjYO/hZQjRP4hdsq2QqWsTiguRahDiqED1mMsuMWAIuQnwSKAP6V0lvzY6tvk+VFIk6jsA8KJmSLcWmCyfQ1
  mE6kS5U1ub/C7wIS7hMT+EUGR9ErqruZkyuNkENolCso3i8OIfVh1Wo2mfj9fMSNXsxb3TMc1wiZ8oTf05yCDuAU1yO61mE7+7l0BHOtyBViAyuM
  EDXpQwp+Xok6K5xRBJM4Gi75PfX6NyDLa5O4L0ECgYEA4nOaGIjjsyF/QaziJrOQGckE8WGIgSPNWwskUxY66Jxhw1iwh+VtZh0q4iYxeToFOKIv
  VXkUF7FndZDpcUZt8CpVT4fFSPeUY1spyB7Aoj243x89fPKOL86Et8jc294WMq+qLs4BzAKJ8/F2LGS9wUjKzkSmwHU81u6z7p3FxxcCgYEAx97M
  UsCVRjJ1BeJxzPNfD0SJzgDNR6oMOojNDMqiUF92G+PPWLB5N0oNPLYjqE1S69TH6t0sv7sp3b1imK7jS/8DUBRFsHDqTphk7Etv9110FgDwF9MU
  5dkKXoOozHo+Ka79PrSiqFq/aeHD01+GIm6+y1Rybx96CuDfla64EfECgYEAwuB3OSv8wDhQemVcTa/zj60lmtCzl2cHH5WMEhCsa2fA3kqhyKFR
  LzJkqC/0HX4n5h/0mhrThrw967fknX3duHPF7OZLikq9oW9fmn+UiUqSoTkSQke+wzd3kW3DW1dZRQ9VZmgUtcttisg+SV/8yKxrE22TD0cVL2ZG
  5E9UV8sCgYBZMtV9GPWFnn8bYTPog7So262kgjcbBIjwlpzsWIKX3AKZ79FZg2iVhDbkIWVIdznKheuypYKTDrRggWS/P02xXN3dny56z+nBqcFg
  s0oE23AzYbfE6i8pZPN7usZaezPC5pWepn7xI47Jcjgy3S6/ryz3EXkAnsuYj0M5SgBcAQKBgQDc13rJy1Q3fxhXrttZfIyrsKAfppw0NN3EhI45
  Fo39ZdNfWJ9ban25KHCa6KoeBDDxEAld1r0WdFoY4wGZXwyUjoyWkgHokLM7tcUsgECKoAT91YBiT0NMKvtkHVdGMsw8peal/PsLxsz541CizAti
  NVBbXg9kv8i6UOsm2cAQhQ==
`);

const KEY_E = new ThrowawayKey(`
  MIIEowIBAAKCAQEAostyBXvZeYsxP1Fe7JdTh55cEPt0BjFXHShM64LTLOi2F68yI6c2UjgYvsKND8YsMkxToquWPeCIau+DJ8Z61lx8zX8X0qa0
  47MFYQwmV8vyjGpY28dXOfRrNHujMljLzcPD2w6aE/6Cbmanl+GZZNmRBVlaPx9RNeBFJeqmSmW9JuWt+AdSxHAEHB2kq2Et9pmi4iWNJyhyGwlh
  YEDhYfbmHE43NFYSG0zC2WhcUQqOfvZS6DEot+8vfe0Ueg7JEbKADBottyTa/DNGu3XztTflcuGJidg3FMrwUC8ugM1eRIcM1Ch06SSE6VbKl+SF
  5l+1G1rI84KPHX935cZPBwIDAQABAoIBACXO0w3T/Cd+vLLEXqPa50Ldc+tbws/3YJB8fhTKPuo0p6mrfh0KphKFRbXz8BfkQfpygJAMgqmfPn97
  Xb38miWzuCZvqGQ7ZFJnjs3BqRwF2TBkOHveeXMTwVwghL/aIIcKuq9i3kTbfIZQYAbllZ726nfQDyYOy2kUS2rparJnPHe1CIPvFDkMRNsL+pAP
  ot8v8K8a8og2QPiRpve+eBVG5oRHJ+0Ttd4sTSWkaygWCrSpOc/ZK5e9cIl4nqNvcYFlI56ji1DCrYFh6p9jzMM0v0DVlCu+8SVLkOTEm+NxJM4W
  eLHXn4kJJzL3vIhmYqi2HWB+mPzHuIMCZuM0TJUCgYEA2cKqUtGup2GU8BQcLQX3GFpF5CqU3ZIuzHMgF0iirSCQzMb6qp+LRJJx4Ll61G/4e7q2
  A3/70yywmSdUA+EjYelUAtAMmTq2dEd3HyHhZtsb/0Pgxo+XKE3g5IT89osADaO49vjbkIt3+auXHdMxyxnr3F/1Nsz3GcO4stKRXlsCgYEAv2HR
  eVunaC6ZFJkK2cuTBiXuEuFzpRNVrg1BL+XTPRks6pj4nrNCHurVba0o0HAma356HE70S2DKrhJtGNaCyYMQvb2k2KRCf38u6dvtAD/76u8Ie032
  Zew/8rXaLuB3TgAbjQZ+5fPilKzEMwTIEpG0wnpj31hpLO5I9DFeicUCgYA9AUQmH4gGbFgFShz6oAkxUVjzKtq5mBJ0RGxhGYA5cD4goD3pPvkN
  JNmyU0QN77B1OUF0iY5LAuIWheYLkC8RZwSaJR7ibohe2waMOjmjTw7w3FtERUXbjLXMT1Vu3FIPgCZ5Sg542BmsYF3dhSUV+RUSj+9qgtFW7nX3
  4vXGsQKBgQCJI50pa2YQn6OOQQSngNtAApoQ6YEm/y3cZR8bJYMzOwEWsrslbaqp4PlDeFvQ0SyWxrDV7DXedeOGzSlkLQLXR5YNgQHJRBtqpUaG
  ydOQ5Eiu1s6rHPi9nIdOcsV/5dVYDXewnMD+Ir9wbkTBkmGT/Nkcqvs6Jm5nhfC9G0t1SQKBgD3UZdMchQMyAZ5VEw+6fVsacxGQkTwCp5uQZX61
  PJyH7Lx5ipadhCvR1bvh4DxGuye2RQzvIfn7/ZSzU4Vm4pfDx+E5pSu6GtGc3J4Vs7aVUqt7vRxOCx6QrlDcNPIXrQny9bRrw/Uqb22RbI1FrjMb
  FUcn/qmCTJ1nK8TRQBqy
`);

/** RSA-1024: shorter than anything CloudTrail signs with. */
export const SMALL_KEY = new ThrowawayKey(`
  MIICXAIBAAKBgQC4NHqWCb8FNPsEtZgMnNO0VP+Z62OlUksi2WzGfV2tSQRCjpGOSLiWbR2cXtTY4IviGSTn44yXc7K6UNyobtiTzec93+nBwZLT
  lLh9iGhJO2eV/k4e62gjbZJqvqbmFMffRe6n1752r+s/0eR34iF5mmkuuVgfLqaqtSICLxssOQIDAQABAoGAMINBtbojYM+vPHJG9StoZhnspzDj
  MWsW9rqkdzIVNcoBITZDB2IHmzZpkgE3tVaOAKH2oku/fzOtYnxhYMqwpumo0sz4JXzwblXvHjJRIb+yUlZeULVy/sDODLB4LUiumV4/HX+RWFho
  Gj50PbNcQ4vVMy2/Ksg30e19mrxZ0gECQQDvgPUU/OnbjWR+ZBlyqZ44ctfEr69MhOhwUYlRcCGTdYVd76Ju4eLdEJ/3Zml7CsLdQss9pGmu47EJ
  gS5spbIJAkEAxOR30ClhdsC+MhLU58aOwljMknuBbCqogvd4QpqH+lo2HnO5EvjRngumORVmRfRhEWJxcN6YYNAsb4k2GKd0sQJBAOafk+AA5iO/
  FCzMsOCDylJq67B+x9t0A+rb6NGdmwdGXAUnUo9ZPj5G2vK9EAcmRpwOzGxwHEAHCpuvZAfEyhkCQAWxcYF0YNwVMKqz/rIA/MnD1Y56wcBF739x
  9mk+nKXxi9UPlY9l4HHIdnL6Gm31ZgUhqpQP66oI+u/ysLy/wtECQHauHcYl6OJ0unh9wIRcrISC5yRw1HVXnXSwzro9Gmby9uM3zBKjuTcEy3Jy
  p2/hRlElsgJpszMnoES6nsvVJc8=
`);

/** The RSA-2048 keys. */
export const THROWAWAY_KEYS = [KEY_A, KEY_B, KEY_C, KEY_D, KEY_E] as const;

/** The key of that fingerprint. Throws when it is none of these. */
export function throwawayKeyOf(fingerprint: string): ThrowawayKey {
  const key = [...THROWAWAY_KEYS, SMALL_KEY].find((candidate) => candidate.fingerprint === fingerprint);
  if (!key) throw new Error(`no throwaway key has the fingerprint ${fingerprint}`);
  return key;
}
