import type { PublicBranding } from "@muster/contract";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { framedLinkId } from "../api/frame.ts";
import { useSessionQuery } from "../api/session.tsx";

/** Whose portal it is to whoever came by a link: the app owner's name, colour and logo. */
export type Brand = { name: string; colour: string | null; logo: string | null };

const OURS: Brand = { name: "Muster", colour: null, logo: null };
const Context = createContext<Brand>(OURS);

/** A code shows its link's id after its kind. */
const ID_IN_CODE = /^#mst_portal_([0-9A-Za-z]{12})/;
/** Read before the code is taken out of the address. */
const cameBy = ID_IN_CODE.exec(window.location.hash)?.[1] ?? null;

/** Finds whose portal it is; it is ours to whoever holds a key. */
export function useFindBrand(): Brand {
  const session = useSessionQuery().data;
  const { signedInWith } = session ?? {};
  const ofSession = signedInWith !== undefined && "portalLinkId" in signedInWith ? signedInWith.portalLinkId : null;
  const linkId = ofSession ?? framedLinkId() ?? (signedInWith === undefined ? cameBy : null);
  const { data } = useQuery({
    queryKey: ["session", "branding", linkId],
    staleTime: Number.POSITIVE_INFINITY,
    enabled: linkId !== null,
    queryFn: async ({ signal }): Promise<PublicBranding | null> => {
      const answer = await fetch(new URL(`./branding/${linkId}`, document.baseURI), { credentials: "omit", signal });
      return answer.ok ? ((await answer.json()) as PublicBranding) : null;
    },
  });
  return useMemo(() => {
    if (linkId === null || data === undefined || data === null) return OURS;
    const logo = data.hasLogo ? new URL(`./branding/${linkId}/logo`, document.baseURI).href : null;
    return { name: data.name ?? OURS.name, colour: data.colour, logo };
  }, [linkId, data]);
}

/** Tells what stands below it whose portal it is. */
export function BrandProvider({ brand, children }: { brand: Brand; children: ReactNode }) {
  return <Context value={brand}>{children}</Context>;
}

/** Whose portal it is. */
export function useBrand(): Brand {
  return useContext(Context);
}
