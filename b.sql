--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: p; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.p (
    id integer NOT NULL,
    a text NOT NULL,
    late integer,
    CONSTRAINT p_id_check CHECK ((id > 0))
);


ALTER TABLE public.p OWNER TO postgres;

--
-- Name: c; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.c (
    own integer,
    CONSTRAINT own_ck CHECK ((own < 10))
)
INHERITS (public.p);


ALTER TABLE public.c OWNER TO postgres;

--
-- Name: c2; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.c2 (
    a text,
    id integer,
    late integer,
    CONSTRAINT c2_id_check CHECK ((id > 0)),
    CONSTRAINT p_id_check CHECK ((id > 0))
)
INHERITS (public.p);


ALTER TABLE public.c2 OWNER TO postgres;

--
-- Name: g; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.g (
    x integer
)
INHERITS (public.c);


ALTER TABLE public.g OWNER TO postgres;

--
-- Name: q; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.q (
    id integer,
    z text DEFAULT 'zz'::text,
    CONSTRAINT zz CHECK ((z <> ''::text))
);


ALTER TABLE public.q OWNER TO postgres;

--
-- Name: m; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.m (
    k integer
)
INHERITS (public.p, public.q);


ALTER TABLE public.m OWNER TO postgres;

--
-- Name: n; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.n (
    a text
)
INHERITS (public.p);


ALTER TABLE public.n OWNER TO postgres;

--
-- Name: pt; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.pt (
    a integer,
    b text,
    CONSTRAINT pt_a_check CHECK ((a > 0))
)
PARTITION BY RANGE (a);


ALTER TABLE public.pt OWNER TO postgres;

--
-- Name: pt1; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.pt1 (
    a integer,
    b text,
    CONSTRAINT pt_a_check CHECK ((a > 0))
);


ALTER TABLE public.pt1 OWNER TO postgres;

--
-- Name: pt2; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.pt2 (
    b text,
    a integer NOT NULL,
    CONSTRAINT pt2_a_check CHECK ((a > 10)),
    CONSTRAINT pt_a_check CHECK ((a > 0))
);


ALTER TABLE public.pt2 OWNER TO postgres;

--
-- Name: pt1; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.pt ATTACH PARTITION public.pt1 FOR VALUES FROM (1) TO (10);


--
-- Name: pt2; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.pt ATTACH PARTITION public.pt2 FOR VALUES FROM (11) TO (20);


--
-- Name: m z; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.m ALTER COLUMN z SET DEFAULT 'zz'::text;


--
-- Name: p p_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.p
    ADD CONSTRAINT p_pkey PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--


