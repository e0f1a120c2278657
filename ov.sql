create table o(id integer primary key, a int, n numeric, r real, x);
insert into o values(1,9223372036854775807,9223372036854775807,1.5,1),(2,9223372036854775807,2.5,-0.0,'ab'),(3,-5,9223372036854775807,-1e300,x'00'),(4,NULL,NULL,9e999,2.25);
