package com.example.shop.billing.config;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Read access to the orders database, for the totals that go on the invoices. */
@Configuration
public class OrdersDatabaseConfig {

    @Bean
    public JdbcTemplate ordersDatabase(@Value("${billing.orders-database-url}") String url) {
        var template = new JdbcTemplate(new DriverManagerDataSource(url));
        template.setQueryTimeout(5);
        return template;
    }
}
